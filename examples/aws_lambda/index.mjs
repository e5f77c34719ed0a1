// The same function in JavaScript.

import { Webhook } from "svix";
import { handle } from "./store.mjs";

const webhook = new Webhook(process.env.SEAM_WEBHOOK_SECRET);

export async function handler(request) {
  // The bytes as they came: API Gateway encodes some of them.
  const body = Buffer.from(request.body ?? "", request.isBase64Encoded ? "base64" : "utf8");
  const entries = Object.entries(request.headers);
  const headers = Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), value]));
  let event;
  try {
    event = webhook.verify(body, headers);
  } catch {
    // Not signed by Seam, not recent, or not JSON.
    return { statusCode: 400 };
  }
  if (typeof event !== "object" || event === null) return { statusCode: 400 };
  handle(headers["svix-id"], event);
  return { statusCode: 204 };
}
