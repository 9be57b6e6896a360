// Runs cases and tells what scripts saw: {out: ok, error, throw or timeout, ...}. The same text serves the page, frames
// and workers.
const LATE = 9000

const bodyOf = body => {
  switch (body?.kind) {
    case undefined: return undefined
    case 'form': { const form = new FormData(); form.append('a', body.value); return form }
    case 'buffer': return new TextEncoder().encode(body.value)
    case 'params': return new URLSearchParams(body.value)
    case 'blob': return new Blob([body.value], { type: body.type })
    case 'stream': return new Blob([body.value]).stream()
    default: return body.value
  }
}

const failed = error => ({ out: 'error', err: error.name, msg: error.message })

const doFetch = async client => {
  const init = {}
  for (const name of ['method', 'headers', 'mode', 'credentials', 'redirect', 'cache', 'referrerPolicy', 'keepalive', 'duplex'])
    if (client[name] !== undefined) init[name] = client[name]
  let request
  try {
    init.body = bodyOf(client.body)
    request = new Request(client.url, init)
  } catch (error) {
    return { ...failed(error), out: 'throw' }
  }
  let response
  try { response = await fetch(request) } catch (error) { return failed(error) }
  const seen = { out: 'ok', type: response.type, status: response.status, url: response.url, headers: [...response.headers] }
  try { seen.len = (await response.text()).length } catch { seen.body = 'failed' }
  return seen
}

const doXhr = client => new Promise(resolve => {
  const request = new XMLHttpRequest()
  try {
    request.open(client.method, client.url)
    request.withCredentials = client.withCredentials
    if (client.timeout) request.timeout = client.timeout
    for (const [name, value] of client.headers ?? []) request.setRequestHeader(name, value)
    if (client.uploadListener) request.upload.onprogress = () => {}
    request.onload = () => resolve({
      out: 'ok', status: request.status, url: request.responseURL,
      headers: request.getAllResponseHeaders().split('\r\n').filter(Boolean).map(line => [line.split(':')[0], '']),
    })
    request.onerror = () => resolve({ out: 'error', status: request.status })
    request.ontimeout = () => resolve({ out: 'timeout' })
    request.send(bodyOf(client.body) ?? null)
  } catch (error) {
    resolve({ ...failed(error), out: 'throw' })
  }
})

const doEvents = client => new Promise(resolve => {
  const source = new EventSource(client.url, { withCredentials: client.withCredentials })
  source.onopen = () => { source.close(); resolve({ out: 'ok' }) }
  source.onerror = () => { source.close(); resolve({ out: 'error' }) }
})

const doSocket = client => new Promise(resolve => {
  const socket = new WebSocket(client.url.replace(/^http/, 'ws'))
  socket.onopen = () => { socket.close(); resolve({ out: 'ok' }) }
  socket.onerror = () => resolve({ out: 'error' })
})

const doImport = client => import(client.url).then(() => ({ out: 'ok' }), failed)

const doFont = client => new FontFace('case', `url(${JSON.stringify(client.url)})`).load().then(() => ({ out: 'ok' }), failed)

const doBeacon = async client => {
  let accepted
  try { accepted = navigator.sendBeacon(client.url, bodyOf(client.body)) } catch (error) { return { ...failed(error), out: 'throw' } }
  await new Promise(resolve => setTimeout(resolve, 1500))
  return { out: accepted ? 'queued' : 'error' }
}

const ELEMENTS = {
  img: ['img', 'src', {}],
  script: ['script', 'src', {}],
  module: ['script', 'src', { type: 'module' }],
  style: ['link', 'href', { rel: 'stylesheet' }],
  preload: ['link', 'href', { rel: 'preload', as: 'fetch' }],
  audio: ['audio', 'src', { preload: 'auto' }],
  iframe: ['iframe', 'src', {}],
}
const doElement = client => new Promise(resolve => {
  const [tag, source, attributes] = ELEMENTS[client.api]
  const element = document.createElement(tag)
  element.onload = element.onloadeddata = () => resolve({ out: 'ok' })
  element.onerror = () => resolve({ out: 'error' })
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  if (typeof client.crossorigin === 'string') element.setAttribute('crossorigin', client.crossorigin)
  if (client.referrerPolicy) element.referrerPolicy = client.referrerPolicy
  element[source] = client.url
  document.body.append(element)
})

const APIS = { fetch: doFetch, xhr: doXhr, es: doEvents, ws: doSocket, import: doImport, font: doFont, beacon: doBeacon }
const late = () => new Promise(resolve => setTimeout(resolve, LATE, { out: 'timeout' }))
const perform = async client => {
  if (client.wait) await new Promise(resolve => setTimeout(resolve, client.wait))
  try {
    return await Promise.race([(APIS[client.api] ?? doElement)(client), late()])
  } catch (error) {
    return { ...failed(error), out: 'throw' }
  }
}

const serve = (port, answer) => port.addEventListener('message', async ({ data }) => {
  if (data?.client) answer({ number: data.number, result: await perform(data.client) })
})
const serveFrame = () => { serve(window, told => parent.postMessage(told, '*')); parent.postMessage('ready', '*') }
const serveWorker = () => serve(self, told => postMessage(told))

// Where scripts run: the page itself, workers, frames.
const waiting = new Map()
let numbers = 0
const told = ({ data }) => { waiting.get(data?.number)?.(data.result); waiting.delete(data?.number) }
const asked = post => client => new Promise(resolve => {
  const number = ++numbers
  waiting.set(number, resolve)
  post({ number, client })
})

const worker = url => {
  const made = new Worker(url)
  made.onmessage = told
  return asked(message => made.postMessage(message))
}
const frame = attributes => new Promise(resolve => {
  const made = document.createElement('iframe')
  const ready = ({ source, data }) => {
    if (source !== made.contentWindow || data !== 'ready') return
    removeEventListener('message', ready)
    resolve(asked(message => made.contentWindow.postMessage(message, '*')))
  }
  addEventListener('message', ready)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  document.body.append(made)
})
const text = async url => (await fetch(url)).text()
const CONTEXTS = {
  page: () => perform,
  worker: () => worker('/worker.js'),
  'blob-worker': async () => worker(URL.createObjectURL(new Blob([await text('/worker.js')], { type: 'text/javascript' }))),
  'data-worker': async () => worker(`data:text/javascript,${encodeURIComponent(await text('/worker.js'))}`),
  sandbox: () => frame({ sandbox: 'allow-scripts', src: '/frame' }),
  'data-frame': async () => frame({ src: `data:text/html,${encodeURIComponent(await text('/frame'))}` }),
  nested: async () => frame({ srcdoc: await text('/frame') }),
  foreign: () => frame({ src: 'http://api.other.localhost/frame' }),
  'same-site': () => frame({ src: 'http://static.app.localhost/frame' }),
}

const runCase = async (contexts, client) => {
  const run = contexts[client.ctx]
  if (!client.steps) return run(client)
  const results = []
  for (const step of client.steps) results.push(await run(step))
  return { steps: results }
}

const main = async parallel => {
  addEventListener('message', told)
  const cases = await (await fetch('/cases')).json()
  const contexts = {}
  for (const name of new Set(cases.map(each => each.client.ctx))) contexts[name] = await CONTEXTS[name]()
  let finished = []
  const post = async () => {
    const results = finished
    finished = []
    await fetch('/results', { method: 'POST', body: JSON.stringify(results) })
  }
  const one = async () => {
    for (let next; (next = cases.shift());) {
      const result = await runCase(contexts, next.client)
      finished.push({ id: next.id, result })
      if (finished.length >= 50) await post()
    }
  }
  await Promise.all(Array.from({ length: parallel }, one))
  await post()
  await fetch('/done')
}
