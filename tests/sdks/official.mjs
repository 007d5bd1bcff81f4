// The official programs of aliyun and tencent, with what they sign by.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

export const Dysms = require("@alicloud/dysmsapi20170525");
export const Dypns = require("@alicloud/dypnsapi20170525");
export const { OpenApiUtil, $OpenApiUtil } = require(
  require.resolve("@alicloud/openapi-core", { paths: [require.resolve("@alicloud/dysmsapi20170525")] }),
);
export const tencentcloud = require("tencentcloud-sdk-nodejs-sms");
/** The older program of aliyun, whose signature stands among the parameters. */
export const PopCore = require("@alicloud/pop-core");
