// One-time codes in Vue: a composable around xinshi/otp.
import { onScopeDispose, ref } from "vue";
import { createOtp } from "xinshi/otp";

/**
 * @param {import("xinshi/otp").OtpOptions} [options]
 */
export function useOtp(options) {
  const otp = createOtp(options);
  const code = ref("");
  const seconds = ref(0);
  /** Stops the timers and requests of the last code. */
  let end = () => {};
  onScopeDispose(() => end());

  async function send(phone) {
    end();
    const waiting = new AbortController();
    try {
      await otp.send(phone, { signal: waiting.signal });
      // The browser reads the code from the text where it can (WebOTP).
      otp.receive({ signal: waiting.signal }).then((received) => received && (code.value = received));
    } finally {
      // A rejected request also sets a time to wait.
      const stop = otp.countdown((left) => (seconds.value = left));
      end = () => {
        stop();
        waiting.abort();
      };
    }
  }

  return { send, verify: () => otp.verify(code.value), code, seconds };
}
