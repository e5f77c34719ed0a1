// A route handler of Next.js (App Router) that hears of credentials through Seam's webhooks.

import { Webhook } from "svix";
import { handle } from "../../../lib/store.js";

// Verification needs a Node server that answers each request anew.
export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export async function POST(request) {
  // The text as it came: what request.json() makes of it cannot be verified any more.
  const body = await request.text();
  let event;
  try {
    const webhook = new Webhook(process.env.SEAM_WEBHOOK_SECRET);
    event = webhook.verify(body, Object.fromEntries(request.headers));
  } catch {
    // Not signed by Seam, not recent, or not JSON.
    return new Response(null, { status: 400 });
  }
  if (typeof event !== "object" || event === null) return new Response(null, { status: 400 });
  handle(request.headers.get("svix-id"), event);
  return new Response(null, { status: 204 });
}
