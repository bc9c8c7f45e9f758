package mail

import (
	"html"
	"regexp"
	"strings"
)

// Bodies are text or HTML. Of HTML, Exchange makes whole documents (REC); what else it
// rewrites is not imitated.

const (
	htmlHead = "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body>"
	htmlFoot = "</body></html>"
)

// wholeBody is a body as it is kept.
func wholeBody(body map[string]any) map[string]any {
	content, _ := body["content"].(string)
	if isHTML(body) {
		return map[string]any{"contentType": "html", "content": wholeHTML(content)}
	}
	return map[string]any{"contentType": "text", "content": content}
}

func isHTML(body map[string]any) bool {
	kind, _ := body["contentType"].(string)
	return strings.EqualFold(kind, "html")
}

func wholeHTML(content string) string {
	if htmlTag.MatchString(content) {
		return content
	}
	return htmlHead + content + htmlFoot
}

var (
	htmlTag   = regexp.MustCompile(`(?i)<html[\s>]`)
	unseen    = regexp.MustCompile(`(?is)<(head|style|script|title)[\s>].*?</(head|style|script|title)>|<!--.*?-->`)
	lineEnds  = regexp.MustCompile(`(?i)\s*(<br\s*/?>|</(p|div|tr|li|h[1-6]|blockquote)>)\s*`)
	tags      = regexp.MustCompile(`(?s)<[^<>]*>`)
	manySpace = regexp.MustCompile(`[ \t]+`)
	manyLines = regexp.MustCompile(`(\r\n){3,}`)
	bodyTags  = regexp.MustCompile(`(?is)^.*<body[^>]*>|</body>.*$`)
)

// textOf is a body as text.
func textOf(body map[string]any) string {
	content, _ := body["content"].(string)
	if !isHTML(body) {
		return content
	}
	content = unseen.ReplaceAllString(content, "")
	content = lineEnds.ReplaceAllString(content, "\r\n")
	content = tags.ReplaceAllString(content, "")
	content = manySpace.ReplaceAllString(html.UnescapeString(content), " ")
	return strings.TrimSpace(manyLines.ReplaceAllString(content, "\r\n\r\n"))
}

// markupOf is what stands in the body of a body as HTML.
func markupOf(body map[string]any) string {
	content, _ := body["content"].(string)
	if isHTML(body) {
		return bodyTags.ReplaceAllString(content, "")
	}
	return strings.ReplaceAll(html.EscapeString(content), "\n", "<br>\n")
}
