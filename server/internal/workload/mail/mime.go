package mail

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server/internal/service"
	"github.com/graphmock/graphmock/server/internal/store"
)

// maxParts bounds the parts of a message in MIME, and maxDepth how deep they are nested.
const (
	maxParts = 250
	maxDepth = 10
)

// readMIME reads a message in MIME, in base64 (DOC).
func readMIME(raw []byte) (map[string]any, error) {
	text := strings.Join(strings.Fields(string(raw)), "")
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(data) == 0 {
		return nil, service.Fail("mail-mime-invalid")
	}
	m, err := netmail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return nil, service.Fail("mail-mime-invalid")
	}
	p := parsed{message: map[string]any{}}
	if err := p.part(textproto.MIMEHeader(m.Header), m.Body, 0); err != nil {
		return nil, service.Fail("mail-mime-invalid")
	}
	p.header(m.Header)
	if p.html != "" || p.text != "" {
		p.message["body"] = p.body()
	}
	if len(p.attachments) > 0 {
		p.message["attachments"] = p.attachments
	}
	return p.message, nil
}

// parsed is what was read of a message in MIME.
type parsed struct {
	message     map[string]any
	text, html  string
	attachments []any
	parts       int
}

func (p *parsed) body() map[string]any {
	if p.html != "" {
		return map[string]any{"contentType": "html", "content": p.html}
	}
	return map[string]any{"contentType": "text", "content": p.text}
}

var words mime.WordDecoder

func decoded(text string) string {
	if plain, err := words.DecodeHeader(text); err == nil {
		return plain
	}
	return text
}

func (p *parsed) header(h netmail.Header) {
	p.message["subject"] = decoded(h.Get("Subject"))
	for name, property := range map[string]string{
		"To": "toRecipients", "Cc": "ccRecipients", "Bcc": "bccRecipients", "Reply-To": "replyTo",
	} {
		if list := addresses(h, name); len(list) > 0 {
			p.message[property] = list
		}
	}
	if from := addresses(h, "From"); len(from) > 0 {
		p.message["from"] = from[0]
	}
	if id := h.Get("Message-Id"); id != "" { // REC
		p.message["internetMessageId"] = id
	}
	switch strings.ToLower(h.Get("Importance")) {
	case "high", "low":
		p.message["importance"] = strings.ToLower(h.Get("Importance"))
	}
}

func addresses(h netmail.Header, name string) (list []any) {
	all, _ := (&netmail.AddressParser{WordDecoder: &words}).ParseList(h.Get(name))
	for _, a := range all {
		shown := a.Name
		if shown == "" {
			shown = a.Address
		}
		list = append(list, recipientOf(shown, a.Address))
	}
	return list
}

// part reads a part, and those in it.
func (p *parsed) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		media, params = "text/plain", nil
	}
	if p.parts++; p.parts > maxParts || depth > maxDepth {
		return errTooManyParts
	}
	if strings.HasPrefix(media, "multipart/") && params["boundary"] != "" {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			next, err := parts.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := p.part(next.Header, next, depth+1); err != nil {
				return err
			}
		}
	}
	data, err := io.ReadAll(decoding(h.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return err
	}
	disposition, more, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := decoded(more["filename"])
	if name == "" {
		name = decoded(params["name"])
	}
	switch {
	case disposition != "attachment" && name == "" && media == "text/html" && p.html == "":
		p.html = string(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	case disposition != "attachment" && name == "" && media == "text/plain" && p.text == "":
		p.text = string(bytes.ToValidUTF8(data, []byte("\uFFFD")))
	default:
		attachment := map[string]any{
			"@odata.type": "#" + fileAttachment, "name": name, "contentType": media, "isInline": disposition == "inline",
			"contentBytes": base64.StdEncoding.EncodeToString(data),
		}
		if id := strings.Trim(h.Get("Content-Id"), "<>"); id != "" {
			attachment["contentId"] = id
		}
		p.attachments = append(p.attachments, attachment)
	}
	return nil
}

type partsError struct{}

func (partsError) Error() string { return "too many parts" }

var errTooManyParts error = partsError{}

func decoding(transfer string, body io.Reader) io.Reader {
	switch strings.ToLower(strings.TrimSpace(transfer)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	}
	return body
}

// messageContent is the $value of a message: its MIME form (DOC).
func messageContent(r store.Reader, message *service.Entity) (data []byte, media string) {
	var b bytes.Buffer
	write := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + strings.NewReplacer("\r", " ", "\n", " ").Replace(value) + "\r\n")
		}
	}
	write("From", headerOf([]any{message.Properties["from"]}))
	write("To", headerOf(recipients(message.Properties, "toRecipients")))
	write("CC", headerOf(recipients(message.Properties, "ccRecipients")))
	write("Subject", mime.QEncoding.Encode("utf-8", message.Text("subject")))
	if at, ok := service.ParseTime(message.Properties["sentDateTime"]); ok {
		write("Date", time.UnixMilli(at).UTC().Format(time.RFC1123Z))
	}
	write("Message-ID", message.Text("internetMessageId"))
	write("MIME-Version", "1.0")
	body, _ := message.Properties["body"].(map[string]any)
	files := filesOf(r, message)
	if len(files) == 0 {
		write("Content-Type", bodyType(body))
		write("Content-Transfer-Encoding", "quoted-printable")
		b.WriteString("\r\n")
		writeQuoted(&b, body)
		return b.Bytes(), "text/plain"
	}
	parts := multipart.NewWriter(&b)
	guid, _ := partsOf(message.Key())
	parts.SetBoundary("_" + base64.RawURLEncoding.EncodeToString(guid[:]) + "_")
	write("Content-Type", `multipart/mixed; boundary="`+parts.Boundary()+`"`)
	b.WriteString("\r\n")
	w, _ := parts.CreatePart(textproto.MIMEHeader{
		"Content-Type": {bodyType(body)}, "Content-Transfer-Encoding": {"quoted-printable"},
	})
	writeQuoted(w, body)
	for _, f := range files {
		disposition := "attachment"
		if f.Properties["isInline"] == true {
			disposition = "inline"
		}
		header := textproto.MIMEHeader{
			"Content-Type": {f.Text("contentType")}, "Content-Transfer-Encoding": {"base64"},
			"Content-Disposition": {mime.FormatMediaType(disposition, map[string]string{"filename": f.Text("name")})},
		}
		if id := f.Text("contentId"); id != "" {
			header.Set("Content-ID", "<"+id+">")
		}
		w, _ := parts.CreatePart(header)
		writeLines(w, f.Text("contentBytes"))
	}
	parts.Close()
	return b.Bytes(), "text/plain"
}

// filesOf are the files that are attached to a message.
func filesOf(r store.Reader, message *service.Entity) (files []*service.Entity) {
	set := message.Path + attachmentSet
	all := r.Snapshot(set)
	page, _, _ := all.Page(r, store.Cursor{}, max(all.Len(), 1))
	for _, record := range page {
		if f, found := service.Read(r, set+"/"+record.ID); found && f.Type == fileAttachment {
			showAttachment(r, f.Path, f.Properties)
			files = append(files, f)
		}
	}
	return files
}

func bodyType(body map[string]any) string {
	if isHTML(body) {
		return "text/html; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

func writeQuoted(w io.Writer, body map[string]any) {
	content, _ := body["content"].(string)
	q := quotedprintable.NewWriter(w)
	io.WriteString(q, content)
	q.Close()
}

// writeLines writes base64 in lines as long as MIME has them.
func writeLines(w io.Writer, text string) {
	for len(text) > 76 {
		io.WriteString(w, text[:76]+"\r\n")
		text = text[76:]
	}
	io.WriteString(w, text)
}

// headerOf are recipients as a header has them.
func headerOf(all []any) string {
	var list []string
	for _, each := range all {
		recipient, _ := each.(map[string]any)
		email, _ := recipient["emailAddress"].(map[string]any)
		name, _ := email["name"].(string)
		if address := addressOf(each); address != "" {
			list = append(list, (&netmail.Address{Name: name, Address: address}).String())
		}
	}
	return strings.Join(list, ", ")
}
