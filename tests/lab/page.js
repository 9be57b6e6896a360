// What scenarios are made of. Every function gives {allowed, headers}: whether the script got the response, and the
// names of the headers that it may read (null where it sees none).
const read = async (url, init) => {
  try {
    const response = await fetch(url, init)
    const opaque = response.type === 'opaque' || response.type === 'opaqueredirect'
    if (!opaque) await response.text()
    return { allowed: true, headers: opaque ? null : [...response.headers.keys()] }
  } catch (error) {
    return { allowed: false, headers: null, error: String(error) }
  }
}

const loaded = (element, attributes, parent = document.head) => new Promise(resolve => {
  element.onload = element.onloadeddata = () => resolve({ allowed: true, headers: null })
  element.onerror = () => resolve({ allowed: false, headers: null })
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  parent.append(element)
})
const element = (tag, attributes) => loaded(document.createElement(tag), attributes)

const xhr = (url, { method = 'GET', credentials = false, upload = false, body = null } = {}) => new Promise(resolve => {
  const request = new XMLHttpRequest()
  request.open(method, url)
  request.withCredentials = credentials
  if (upload) request.upload.onprogress = () => {}
  request.onload = () => {
    const names = request.getAllResponseHeaders().split('\r\n').filter(Boolean).map(line => line.split(':')[0])
    resolve({ allowed: true, headers: names })
  }
  request.onerror = () => resolve({ allowed: false, headers: null })
  request.send(body)
})

const events = (url, init) => new Promise(resolve => {
  const source = new EventSource(url, init)
  source.onmessage = () => { source.close(); resolve({ allowed: true, headers: null }) }
  source.onerror = () => { source.close(); resolve({ allowed: false, headers: null }) }
})

const socket = url => new Promise(resolve => {
  const opened = new WebSocket(url.replace(/^http/, 'ws'))
  opened.onopen = () => { opened.close(); resolve({ allowed: true, headers: null }) }
  opened.onerror = () => resolve({ allowed: false, headers: null })
})

const font = async url => {
  try {
    await new FontFace('lab', `url(${url})`).load()
    return { allowed: true, headers: null }
  } catch (error) {
    return { allowed: false, headers: null, error: String(error) }
  }
}

const imported = url => import(url).then(
  () => ({ allowed: true, headers: null }), error => ({ allowed: false, headers: null, error: String(error) }))

// A beacon tells its page nothing: it was allowed when the server got it.
const beacon = async (url, body, type) => {
  navigator.sendBeacon(url, new Blob([body], { type }))
  for (let left = 40; left; left--) {
    await new Promise(resolve => setTimeout(resolve, 50))
    const seen = await (await fetch(new URL(url).pathname.replace('/case/', '/seen/'))).json()
    if (seen.includes('POST')) return { allowed: true, headers: null }
    if (seen.includes('OPTIONS')) left = Math.min(left, 15)
  }
  return { allowed: false, headers: null }
}

const SOURCE = `const read = ${read}`
const fromFrame = (attributes, url, init) => new Promise(resolve => {
  const frame = document.createElement('iframe')
  const receive = ({ source, data }) => {
    if (source !== frame.contentWindow || !('allowed' in data)) return
    removeEventListener('message', receive)
    resolve(data)
  }
  addEventListener('message', receive)
  const script = `${SOURCE}\nread(${JSON.stringify(url)}, ${JSON.stringify(init)}).then(r => parent.postMessage(r, '*'))`
  for (const [name, value] of Object.entries(attributes(`<!doctype html><script>${script}<\/script>`)))
    frame.setAttribute(name, value)
  document.body.append(frame)
})
const sandboxed = (url, init) => fromFrame(html => ({ sandbox: 'allow-scripts', srcdoc: html }), url, init)
const nested = (url, init) => fromFrame(html => ({ srcdoc: html }), url, init)
const dataFrame = (url, init) =>
  fromFrame(html => ({ src: `data:text/html,${encodeURIComponent(html)}` }), url, init)
const blank = async (url, init) => {
  const frame = document.createElement('iframe')
  document.body.append(frame)
  return frame.contentWindow.eval(`(${read})`)(url, init)
}

const asked = (port, url, init) => new Promise(resolve => {
  port.onmessage = ({ data }) => resolve(data)
  port.postMessage([url, init])
})
const worker = (url, init) => asked(new Worker('/worker.js'), url, init)
const blobWorker = (url, init) => {
  const code = `${SOURCE}\nonmessage = async ({ data }) => postMessage(await read(...data))`
  return asked(new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' }))), url, init)
}
const sharedWorker = (url, init) => asked(new SharedWorker('/worker.js').port, url, init)

const formPost = url => new Promise(resolve => {
  const frame = document.createElement('iframe')
  frame.name = `frame${Math.random()}`
  document.body.append(frame)
  const form = document.createElement('form')
  Object.assign(form, { method: 'post', action: url, target: frame.name })
  document.body.append(form)
  frame.onload = () => resolve({ allowed: true, headers: null })
  form.submit()
})

// Several at a time; each tells within its time or not at all. `urls` gives the functions host → step → URL.
const run = async (scenarios, urls) => {
  const results = {}
  const waiting = Object.entries(scenarios)
  const one = async () => {
    for (let next; (next = waiting.shift());) {
      const [name, script] = next
      const late = new Promise(resolve => setTimeout(resolve, 20000, { allowed: null, error: 'late' }))
      const told = script(urls(name)).catch(error => ({ allowed: null, headers: null, error: String(error) }))
      results[name] = [await Promise.race([told, late])].flat()
    }
  }
  await Promise.all(Array.from({ length: 6 }, one))
  return results
}
