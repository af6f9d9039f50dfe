"""Words of inline code that a line must not break."""

from __future__ import annotations

import pytest

from checks.site.words import with_whole_words


def marked(text: str) -> str:
    return f'<span class="hv-word">{text}</span>'


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("Set-VMHost -Name 'Ethernet 4'", f"{marked('Set-VMHost')} {marked('-Name')} 'Ethernet 4'"),
        ("hvnet --report out.html", f"hvnet {marked('--report')} out.html"),
        ("Set-NetAdapterAdvancedProperty", f"Se{marked('t-N')}etAdapterAdvancedProperty"),
        ("&lt;-x&gt;", marked("&lt;-x&gt;")),
    ],
)
def test_a_word_does_not_break_after_its_hyphen(code: str, shown: str) -> None:
    assert with_whole_words(f"<p><code>{code}</code></p>") == f"<p><code>{shown}</code></p>"


@pytest.mark.parametrize(
    "html",
    [
        "<code>hyper-v-server/network-io-performance.md</code>",
        "<code>1 - 2</code>",
        "<p>Set-VMHost</p>",
        "<pre><code>Set-VMHost -Name HV01</code></pre>",
        '<code class="highlight"><span class="nb">Set-VMHost</span></code>',
    ],
)
def test_paths_blocks_and_prose_stay_as_they_are(html: str) -> None:
    assert with_whole_words(html) == html
