// A good handler as users of Express and Seam's own package write it.
// Run it: SEAM_WEBHOOK_SECRET=whsec_… PORT=8000 node handler.js

import express from 'express'
import { SeamWebhook } from 'seam'

const webhook = new SeamWebhook(process.env.SEAM_WEBHOOK_SECRET)
const handled = new Set()
const latest = {}
let broken = false

const app = express()

// The raw bytes: what express.json() makes of them cannot be verified any more.
app.post(
  '/webhooks/seam',
  express.raw({ type: '*/*', limit: '1mb' }),
  (req, res) => {
    let event
    try {
      webhook.verify(req.body.toString('utf8'), req.headers)
      event = JSON.parse(req.body)
    } catch {
      return res.status(400).end()
    }
    if (typeof event?.event_type !== 'string') return res.status(400).end()
    if (broken) return res.status(503).end()
    const messageId = req.headers['svix-id']
    if (!handled.has(messageId)) {
      keep(event)
      handled.add(messageId)
    }
    res.status(204).end()
  },
)

// An event that came after the one that is kept replaces it, whichever was sent first.
const keep = (event) => {
  const resource = resourceOf(event)
  const moment = Date.parse(event.occurred_at) || 0
  const before = latest[resource] ?? { events: 0, moment }
  const [eventType, at] =
    moment >= before.moment
      ? [event.event_type, moment]
      : [before.event_type, before.moment]
  latest[resource] = { event_type: eventType, moment: at, events: before.events + 1 }
}

const resourceOf = (event) => {
  const own = `${event.event_type.split('.')[0]}_id`
  const name = [own, 'device_id', 'connected_account_id', 'workspace_id'].find(
    (one) => typeof event[one] === 'string',
  )
  return name == null ? 'none' : `${name} ${event[name]}`
}

app.get('/state', (req, res) => res.json({ handled: handled.size, latest }))

app.post('/break', express.json(), (req, res) => {
  broken = req.body.broken
  res.status(204).end()
})

const server = app.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`)
})
