// One-time codes in React: a hook around xinshi/otp.
import { useCallback, useEffect, useRef, useState } from "react";
import { createOtp } from "xinshi/otp";

/**
 * @param {import("xinshi/otp").OtpOptions & { onCode?: (code: string) => void }} options `onCode` receives a code that
 * the browser read from the text (WebOTP).
 */
export function useOtp({ onCode, ...options } = {}) {
  const [otp] = useState(() => createOtp(options));
  const [seconds, setSeconds] = useState(0);
  /** Stops the timers and requests of the last code. */
  const ending = useRef(() => {});
  useEffect(() => () => ending.current(), []);

  const send = useCallback(
    async (phone) => {
      ending.current();
      const waiting = new AbortController();
      try {
        await otp.send(phone, { signal: waiting.signal });
        otp.receive({ signal: waiting.signal }).then((code) => code && onCode?.(code));
      } finally {
        // A rejected request also sets a time to wait.
        const stop = otp.countdown(setSeconds);
        ending.current = () => {
          stop();
          waiting.abort();
        };
      }
    },
    [otp, onCode],
  );
  const verify = useCallback((code) => otp.verify(code), [otp]);
  return { send, verify, seconds };
}
