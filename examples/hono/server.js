// A Hono application that hears of its credentials through Seam's webhooks.

import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { Webhook } from "standardwebhooks";
import { handle, state } from "./store.js";

const webhook = new Webhook(process.env.SEAM_WEBHOOK_SECRET);
const app = new Hono();

app.post("/webhooks/seam", async (c) => {
  // The text as it came: what c.req.json() makes of it cannot be verified any more.
  const body = await c.req.text();
  // Standard Webhooks calls the headers webhook-*; Seam sends them as svix-*.
  const headers = Object.fromEntries(
    ["id", "timestamp", "signature"].map((name) => [`webhook-${name}`, c.req.header(`svix-${name}`) ?? ""]),
  );
  let event;
  try {
    event = webhook.verify(body, headers);
  } catch {
    // Not signed by Seam, not recent, or not JSON.
    return c.body(null, 400);
  }
  if (typeof event !== "object" || event === null) return c.body(null, 400);
  handle(c.req.header("svix-id"), event);
  return c.body(null, 204);
});

// For seamproof alone: a handler that strangers reach does not show what it knows.
if (process.env.SHOW_STATE) app.get("/state", (c) => c.json(state()));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 3000) });
