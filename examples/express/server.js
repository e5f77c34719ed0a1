// An Express application that hears of its credentials through Seam's webhooks.

import express from "express";
import { Webhook } from "svix";
import { handle, state } from "./store.js";

const webhook = new Webhook(process.env.SEAM_WEBHOOK_SECRET);
const app = express();

// The bytes as they came: what express.json() makes of them cannot be verified any more. If the
// application has app.use(express.json()), this route stands above it.
app.post("/webhooks/seam", express.raw({ type: "*/*", limit: "1mb" }), (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body, request.headers);
  } catch {
    // Not signed by Seam, not recent, or not JSON.
    return response.sendStatus(400);
  }
  if (typeof event !== "object" || event === null) return response.sendStatus(400);
  handle(request.headers["svix-id"], event);
  response.sendStatus(204);
});

// For seamproof alone: a handler that strangers reach does not show what it knows.
if (process.env.SHOW_STATE) app.get("/state", (request, response) => response.json(state()));

app.listen(process.env.PORT ?? 3000, "127.0.0.1");
