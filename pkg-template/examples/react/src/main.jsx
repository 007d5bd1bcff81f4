import { createRoot } from "react-dom/client";
import { OneTimeCode } from "./OneTimeCode.jsx";

createRoot(document.getElementById("app")).render(
  // Give the proof to your own back end: only it can check the proof.
  <OneTimeCode onProof={(proof) => console.log("proof", proof)} />,
);
