/* The service worker of the questionnaire: keeps its one page and what the page is drawn with, so that it opens without a network.
   It holds no answers. A copy of the page older than DAYS is not shown any more: addresses are not for ever on a lost phone. */
const CACHE = 'hanfeng-literacy-1'
const PAGE = new URL('./', self.location).pathname
const DAYS = 10
const OUT = [403, 404]

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))

const keepPage = async (response) => {
  const cache = await caches.open(CACHE)
  if (response.ok && !response.redirected) await cache.put(PAGE, response)
}
const keep = async (addresses) => {
  const cache = await caches.open(CACHE)
  const wanted = addresses.filter((url) => new URL(url).origin === self.location.origin)
  const kept = new Set((await cache.keys()).map((request) => request.url))
  await Promise.all(wanted.filter((url) => !kept.has(url)).map((url) => cache.add(url).catch(() => {})))
  if (!(await cache.match(PAGE))) await keepPage(await fetch(PAGE))
}
const keptPage = async () => {
  const cache = await caches.open(CACHE)
  const found = await cache.match(PAGE)
  if (!found) return Response.error()
  const age = Date.now() - Date.parse(found.headers.get('date') ?? '')
  if (age < DAYS * 864e5) return found
  await cache.delete(PAGE)
  return Response.error()
}
const page = async (request) => {
  let response
  try {
    response = await fetch(request)
  } catch {
    return keptPage()
  }
  if (OUT.includes(response.status)) await caches.delete(CACHE)
  else await keepPage(response.clone())
  return response
}

self.addEventListener('message', (event) => {
  if (event.data?.keep) event.waitUntil(keep(event.data.keep).then(() => event.source?.postMessage('kept')))
})
self.addEventListener('fetch', (event) => {
  const { request } = event
  if (request.method !== 'GET') return
  const url = new URL(request.url)
  if (url.origin !== self.location.origin) return
  if (request.mode === 'navigate' && url.pathname === PAGE) event.respondWith(page(request))
  else if (request.mode !== 'navigate') event.respondWith(caches.match(request).then((found) => found ?? fetch(request)))
})
