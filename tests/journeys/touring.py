"""What is wrong with pages: looked at light on the desk and dark on a phone."""

from pathlib import Path

from oms.models import Staff

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES = "{runOnly: ['wcag2a', 'wcag2aa'], resultTypes: ['violations']}"
WIDER = "document.documentElement.scrollWidth > window.innerWidth"
LOOKS = {"light": (1440, 900), "dark": (390, 844)}


def violations(page):
    """What axe finds against WCAG 2.1 A and AA on the page as it is now."""
    page.evaluate(AXE)
    found = page.evaluate(f"async () => (await axe.run(document, {RULES})).violations")
    return [f"{v['id']}: {v['nodes'][0]['html'][:150]} ({len(v['nodes'])})" for v in found]


def faults_of(page, staff, paths):
    """A line per fault: an error, a script that fails, a page wider than the window, what some people cannot read."""
    faults = []
    page.on(
        "response",
        lambda r: faults.append(f"{r.status} {r.url}") if r.status >= 400 and "/live/" not in r.url else None,
    )
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    for theme, (width, height) in LOOKS.items():
        Staff.objects.filter(pk=staff.pk).update(theme=theme, language="zh-hans")
        page.set_viewport_size({"width": width, "height": height})
        for path in paths:
            page.goto(path)
            if page.evaluate(WIDER):
                faults.append(f"{path} {theme} {width}: wider than the window")
            faults += [f"{path} {theme} {width}: {violation}" for violation in violations(page)]
    return "\n".join(faults)
