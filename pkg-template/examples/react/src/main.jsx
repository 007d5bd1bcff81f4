import { createRoot } from "react-dom/client";
import { OneTimeCode } from "./OneTimeCode.jsx";

createRoot(document.getElementById("app")).render(
  // Give the proof to your own back end: only there can it be checked.
  <OneTimeCode onProof={(proof) => console.log("proof", proof)} />,
);
