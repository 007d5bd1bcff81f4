// The order in which the page's handler tries its accounts, which are named as their vendors.
import { vendors } from "xinshi/vendors";

/**
 * Those first that tell most of what became of a text.
 * @type {import("xinshi/vendors").VendorName[]}
 */
const FIRST = ["smsadmin", "apiv1", "binstd", "liasmart"];

export const ORDER = [...FIRST, ...vendors.map(({ name }) => name).filter((name) => !FIRST.includes(name))];
