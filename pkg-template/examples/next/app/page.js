export default function Page() {
  return <p>POST /api/otp/send</p>;
}
