"""Pictures in the text of a mail, and attachments that were refused."""

import pytest

from gateway import pictures, refused
from gateway.receipts import Receipt
from gateway.steps import NoteRefused, Text, UploadAttachment

SHOWN = "https://halo.example/api/Attachment/image?token=a&amp;b=2"
LINK = "https://halo.example/api/Attachment/image?token=a&b=2"


def upload(name, content_id=None, number=1):
    return UploadAttachment(
        0, name, "image/png", 9, "", inline=True, name=f"attachment-{number}", content_id=content_id
    )


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>no picture</p>", "<p>no picture</p>"),
        (
            '<img src="cid:a@b" width="9" onerror="x">',
            f'<img alt="a.png" src="{SHOWN}" width="9">',
        ),
        ('<img src="cid:a%40b">', f'<img alt="a.png" src="{SHOWN}">'),
        ('<p>x<img src="cid:b@b">y</p>', "<p>x[picture: &lt;b&gt;.png]y</p>"),
        ('<img src="cid:A@B">', f'<img alt="a.png" src="{SHOWN}">'),
        ('<img src="cid:q&quot;%27&amp;@b">', f'<img alt="&quot;&gt;&lt;i onload=x&gt;" src="{SHOWN}">'),
        ('<img src="cid:none">', "[picture: missing]"),
        ("&lt;script&gt;x&lt;/script&gt; cid:", "&lt;script&gt;x&lt;/script&gt; cid:"),
        ('&lt;script&gt;<img src="cid:b@b">', "&lt;script&gt;[picture: &lt;b&gt;.png]"),
        ('<img src="https://else.example/x.png"/>cid:', '<img src="https://else.example/x.png"/>cid:'),
    ],
)
def test_a_picture_is_its_link_or_its_name(html, shown):
    steps = (
        upload("a.png", "a@b"),
        upload("<b>.png", "b@b", 2),
        upload("c.png", None, 3),
        upload('"><i onload=x>', "q\"'&@b", 4),
    )
    answered = Receipt(1, "answered", link=LINK)
    done = {"attachment-1": answered, "attachment-2": Receipt(2, "answered"), "attachment-4": answered}
    text = pictures.show(Text("x", html), pictures.pictures_of(steps, done))
    assert (text.plain, text.html) == ("x", shown)


def test_which_pictures_a_text_shows():
    html = '<img src="cid:image%2B1@b">'
    assert pictures.shown_in(html, "image+1@b")
    assert not pictures.shown_in(html, "image2@b")
    assert not pictures.shown_in(html, None)
    assert not pictures.shown_in("<p>image+1@b</p>", "image+1@b")
    assert not pictures.shown_in("<p>cid:image+1@b</p>", "image+1@b")
    assert not pictures.shown_in('<img src="cid:image+12@b">', "image+1@b")
    assert pictures.shown_in('<img src="cid:a&amp;b">', "A&b")


def test_the_note_names_what_was_refused_and_where_it_is_kept():
    steps = (upload("<evil>.exe"), upload("good.png", None, 2), NoteRefused())
    done = {"attachment-1": Receipt(None, "refused", "413 <b>"), "attachment-2": Receipt(7, "answered")}
    note = refused.note(refused.found(steps, done), 12)
    assert "&lt;evil&gt;.exe (9 octets): 413 &lt;b&gt;" in note.html
    assert "<evil>" not in note.html
    assert "message 12" in note.plain
    assert "good.png" not in note.plain
    assert "sender" not in note.plain
    assert not refused.found(steps, {})
