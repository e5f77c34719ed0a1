// For seamproof alone: a handler that strangers reach does not show what it knows.

import { state } from "../../lib/store.js";

export const dynamic = "force-dynamic";

export function GET() {
  return process.env.SHOW_STATE ? Response.json(state()) : new Response(null, { status: 404 });
}
