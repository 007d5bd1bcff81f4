import { createApp } from "vue";
import OneTimeCode from "./OneTimeCode.vue";

// Give the proof to your own back end: only there can it be checked.
createApp(OneTimeCode, { onProof: (proof) => console.log("proof", proof) }).mount("#app");
