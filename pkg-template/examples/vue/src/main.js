import { createApp } from "vue";
import OneTimeCode from "./OneTimeCode.vue";

// Give the proof to your own back end: only it can check the proof.
createApp(OneTimeCode, { onProof: (proof) => console.log("proof", proof) }).mount("#app");
