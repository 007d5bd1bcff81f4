import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

// During development the handler is another server: that of any example beside this one.
export default defineConfig({ plugins: [vue()], server: { proxy: { "/otp": "http://127.0.0.1:8787" } } });
