import { defineConfig } from "vite";

// While developing, the handler is another server: of any example beside this one.
export default defineConfig({ server: { proxy: { "/otp": "http://127.0.0.1:8787" } } });
