import { useState } from "react";
import { useOtp } from "./useOtp.js";

const MESSAGES = {
  "quota-exceeded": "太频繁了，请稍后再试。Too often: try again later.",
  "not-verified": "验证码不对，或已失效。The code is wrong, or no longer good.",
  network: "没有连上服务器。The server was not reached.",
};

/** @param {{ onProof: (proof: string) => void }} props */
export function OneTimeCode({ onProof }) {
  const [phone, setPhone] = useState("");
  const [code, setCode] = useState("");
  const [message, setMessage] = useState("");
  const { send, verify, seconds } = useOtp({ onCode: setCode });

  /** Runs an action and shows its result. */
  const tried = (work, done) => async (event) => {
    event.preventDefault();
    try {
      await work();
      setMessage(done);
    } catch (error) {
      setMessage(MESSAGES[error.type] ?? error.message);
    }
  };
  const onSubmit = tried(() => send(phone), "已发出。On its way.");
  const entered = tried(async () => onProof((await verify(code)).proof), "已核对。Verified.");

  return (
    <>
      <form onSubmit={onSubmit}>
        <label>
          手机号 Phone
          <input
            type="tel"
            autoComplete="tel"
            required
            value={phone}
            onChange={(event) => setPhone(event.target.value)}
          />
        </label>
        <button type="submit" disabled={seconds > 0}>
          {seconds > 0 ? `${seconds} s` : "获取验证码 Send"}
        </button>
      </form>
      <form onSubmit={entered}>
        <label>
          验证码 Code
          <input
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            value={code}
            onChange={(event) => setCode(event.target.value)}
          />
        </label>
        <button type="submit">核对 Verify</button>
      </form>
      <p role="status">{message}</p>
    </>
  );
}
