package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi/document"
	"github.com/graphmock/graphmock/openapi/graph"
)

// presets are the errors that Graph has names for, by their keys.
var presets = []string{
	"throttle", "error", "unauthorized", "forbidden", "notFound", "conflict", "preconditionFailed",
	"insufficientStorage", "unavailable", "timeout",
}

// barePreset reads the name of a preset that stands alone.
func (r *reader) barePreset(n *document.Node) Response {
	name := r.oneOf(n, slices.DeleteFunc(slices.Clone(presets), func(s string) bool { return s == "error" })...)
	return preset(name)
}

// preset returns a preset with Graph's usual settings.
func preset(name string) Response {
	switch name {
	case "throttle":
		return Throttle(defaultRetryAfter)
	case "unauthorized":
		return Unauthorized()
	case "forbidden":
		return Forbidden()
	case "notFound":
		return NotFound()
	case "conflict":
		return Conflict()
	case "preconditionFailed":
		return PreconditionFailed()
	case "insufficientStorage":
		return InsufficientStorage()
	case "unavailable":
		return Unavailable()
	case "timeout":
		return Timeout()
	}
	return Response{}
}

// defaultRetryAfter is the Retry-After of throttle without settings, as in the
// contract's example.
const defaultRetryAfter = 10 * time.Second

// preset reads a preset with its settings.
func (r *reader) preset(name string, n *document.Node) Response {
	resp := preset(name)
	keys := map[string][]string{
		"throttle":     {"retryAfter"},
		"unavailable":  {"retryAfter"},
		"timeout":      {"retryAfter"},
		"error":        {"status", "code", "message", "retryAfter"},
		"unauthorized": {"reason"},
	}[name]
	if n.Kind() == document.Scalar {
		r.problem(n, fmt.Sprintf("the settings of %s are a mapping", name), settingHint(name, n.Text(), keys))
		return resp
	}
	if keys == nil && n.Kind() == document.Mapping {
		for key := range n.Members() {
			r.problem(key, fmt.Sprintf("%s has no settings", name), "write "+name+": {}; error has some")
		}
		return resp
	}
	r.add(n.Only(keys...))
	switch name {
	case "error":
		resp = r.graphError(n)
	case "unauthorized":
		resp = r.unauthorized(n.Get("reason"), resp)
	}
	if v := n.Get("retryAfter"); v != nil {
		resp.graphError.retryAfter = r.retryAfter(v)
	}
	return resp
}

// settingHint says how the setting is written whose value stands in place of all
// settings.
func settingHint(preset, value string, keys []string) string {
	for _, key := range keys {
		var fits bool
		switch key {
		case "retryAfter":
			_, err := time.ParseDuration(value)
			_, isNumber := strconv.Atoi(value)
			fits = value == "none" || err == nil || isNumber == nil
		case "status":
			status, err := strconv.Atoi(value)
			fits = err == nil && status >= 400 && status <= 599
		case "reason":
			fits = slices.ContainsFunc(unauthorizedReasons, func(u struct{ reason, id string }) bool { return u.reason == value })
		}
		if fits {
			return fmt.Sprintf("write %s: { %s: %s }", preset, key, value)
		}
	}
	return fmt.Sprintf("write %s: {} or, alone, %s", preset, preset)
}

// graphError reads an error of Graph; code and message have defaults by status.
func (r *reader) graphError(n *document.Node) Response {
	status := n.Get("status")
	if status == nil && n.Kind() == document.Mapping {
		r.problem(n, `key "status" is missing`, "")
	}
	e := graph.ErrorFor(r.wholeNumber(status, 400, 599))
	if code := n.Get("code"); code != nil {
		e.Code = r.plainText(code)
	}
	if message := n.Get("message"); message != nil {
		e.Message = r.plainText(message)
	}
	return Fail(e.Status, e.Code, e.Message)
}

// plainText reads a text without expressions; it may be empty, as some codes of
// Graph are.
func (r *reader) plainText(n *document.Node) string {
	text := r.text(n)
	if strings.Contains(text, "${") {
		r.problem(n, "${...} can't stand here", "use patch: { error: { message: ... } }")
	}
	return text
}

// unauthorizedReasons are the reasons to reject a token, and Graph's errors for them.
var unauthorizedReasons = []struct{ reason, id string }{
	{"expired", "token-expired"}, {"empty", "token-empty"}, {"malformed", "token-malformed"},
	{"signature", "token-signature"},
	{"notYetValid", "token-not-yet-valid"}, {"audience", "token-audience"}, {"revoked", graph.ErrorTokenRevoked},
}

func (r *reader) unauthorized(n *document.Node, resp Response) Response {
	var reasons []string
	for _, each := range unauthorizedReasons {
		reasons = append(reasons, each.reason)
	}
	reason := r.oneOf(n, reasons...)
	if i := slices.Index(reasons, reason); i >= 0 {
		resp = graphErrorResponse(unauthorizedReasons[i].id, retryAfter{})
		resp.graphError.challenge = reason == "revoked"
	}
	return resp
}

// retryAfter reads a duration, a number of seconds, none, or {date: duration}.
func (r *reader) retryAfter(n *document.Node) retryAfter {
	if n.Kind() == document.Mapping {
		r.add(n.Only("date"))
		if n.Get("date") == nil {
			return retryAfter{}
		}
		return retryAfter{form: retryDate, wait: r.duration(n.Get("date"))}
	}
	if n.Kind() == document.Scalar && n.Text() == "none" {
		return retryAfter{}
	}
	if d, err := time.ParseDuration(n.Text() + "s"); err == nil && d >= 0 && d <= maxDelay {
		return retryAfter{form: retrySeconds, wait: d}
	}
	return retryAfter{form: retrySeconds, wait: r.duration(n)}
}
