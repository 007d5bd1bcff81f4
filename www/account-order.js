// The order in which the page's handler tries its accounts, each named after its vendor.
import { vendors } from "xinshi/vendors";

/**
 * The vendors with the most detailed reports, which come first.
 * @type {import("xinshi/vendors").VendorName[]}
 */
const FIRST = ["smsadmin", "apiv1", "binstd", "liasmart"];

export const ORDER = [...FIRST, ...vendors.map(({ name }) => name).filter((name) => !FIRST.includes(name))];
