package replay

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/credential"
	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/openapi/resource"
	"github.com/graphmock/graphmock/openapi/schema"
	"github.com/graphmock/graphmock/server/internal/rawurl"
)

// Bounds of a response, and of waiting for one that is throttled.
const (
	maxBody     = 32 << 20
	maxPause    = 30 * time.Second
	maxThrottle = 3
)

// ErrUnreachable is the error of a service that is not there.
var ErrUnreachable = errors.New("the target can't be reached")

// sentHeader are the headers of a recorded request that are sent again: not those of a
// connection, of credentials or of the browser.
func sentHeader(h http.Header) http.Header {
	sent := http.Header{}
	for name, values := range h {
		switch {
		case credential.Rules{}.IsHeader(name), strings.HasPrefix(name, "Sec-"), strings.HasPrefix(name, "Proxy-"):
			continue
		}
		switch name {
		case "Host", "Content-Length", "Connection", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Keep-Alive",
			"Accept-Encoding", "Content-Encoding", "Origin", "Referer", "Expect":
			continue
		}
		sent[name] = values
	}
	return sent
}

// send sends the request of an outcome, and reads the response. One that is throttled is
// sent again when its time has come.
func (r *Replayer) send(ctx context.Context, o *Outcome) error {
	for try := 0; ; try++ {
		if err := r.wait(ctx); err != nil {
			return err
		}
		if err := r.once(ctx, o); err != nil {
			return err
		}
		seconds, err := strconv.Atoi(o.AnswerHeader.Get("Retry-After"))
		pause := time.Duration(seconds) * time.Second
		if o.Status != http.StatusTooManyRequests || err != nil || pause > maxPause || try == maxThrottle {
			return nil
		}
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
}

func (r *Replayer) wait(ctx context.Context) error {
	if r.config.Rate <= 0 {
		return ctx.Err()
	}
	now := time.Now()
	pause := r.next.Sub(now)
	r.next = now.Add(max(pause, 0) + time.Duration(float64(time.Second)/r.config.Rate))
	return sleep(ctx, pause)
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// renewTag puts the version that the service has in place of the one that a recorded
// If-Match names, which was the one that was there.
func (r *Replayer) renewTag(ctx context.Context, o *Outcome) error {
	if tag := o.Header.Get("If-Match"); tag == "" || tag == "*" {
		return nil
	}
	look := &Outcome{Method: http.MethodGet, Path: o.Path, Header: http.Header{}}
	if err := r.send(ctx, look); err != nil || look.Status != http.StatusOK {
		return err
	}
	tag := look.AnswerHeader.Get("Etag")
	if content, _ := jsontext.Decode(look.Answer); tag == "" {
		object, _ := content.(map[string]any)
		tag, _ = object["@odata.etag"].(string)
	}
	if tag != "" {
		o.Header = o.Header.Clone()
		o.Header.Set("If-Match", tag)
	}
	return nil
}

func (r *Replayer) once(ctx context.Context, o *Outcome) error {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	var body io.Reader
	if o.Body != nil {
		body = bytes.NewReader(o.Body)
	}
	request, err := http.NewRequestWithContext(ctx, o.Method, r.config.Root+rawurl.Encode(join(strings.TrimPrefix(o.Path, r.config.Base), o.Query)), body)
	if err != nil { // a method or a path that no client could send
		o.Skipped = "it can't be sent: " + err.Error()
		return nil
	}
	request.Header = o.Header.Clone()
	if r.config.Token != "" {
		request.Header.Set("Authorization", "Bearer "+r.config.Token)
	}
	start := time.Now()
	response, err := r.client.Do(request)
	if err != nil {
		return explain(ctx, err, r.config.Timeout)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return explain(ctx, err, r.config.Timeout)
	}
	if len(answer) > maxBody {
		return fmt.Errorf("the answer to %s %s is longer than %d MiB", o.Method, o.Path, maxBody>>20)
	}
	o.Took, o.Status, o.AnswerHeader, o.Answer = time.Since(start), response.StatusCode, response.Header, answer
	return nil
}

// explain says why there is no response.
func explain(ctx context.Context, err error, timeout time.Duration) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: no answer within %v", ErrUnreachable, timeout)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var dial *net.OpError
	if errors.As(err, &dial) {
		return fmt.Errorf("%w: %v", ErrUnreachable, dial)
	}
	return fmt.Errorf("%w: %v", ErrUnreachable, errors.Unwrap(err))
}

func join(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// cut returns the path and the query of a URL.
func cut(link string) (path, query string) {
	if _, rest, ok := strings.Cut(link, "://"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		link = "/" + rest
	}
	path, query, _ = strings.Cut(link, "?")
	return path, query
}

// familyOf is what a path is about: the workload, or the first segment of others.
func familyOf(m *openapi.Match, path string) string {
	template := path
	if at := m.Resource(); at.Node != nil {
		template = at.Template()
	} else if rest, ok := graph.CutVersion(path); ok {
		template = rest
	}
	switch graph.WorkloadOf(template) {
	case graph.Directory:
		return "directory"
	case graph.Exchange:
		return "mail and calendar"
	case graph.Files:
		return "files"
	case graph.Teams:
		return "teams"
	case graph.Planner:
		return "planner"
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(template, "/"), "/")
	return first
}

// translatePath puts the service's keys in place of those that were recorded.
func (r *Replayer) translatePath(escaped string) string {
	segments := strings.Split(escaped, "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if key := r.keys[decoded]; err == nil && key != "" {
			segments[i] = url.PathEscape(key)
		}
		if name, key, ok := strings.Cut(decoded, "('"); ok && strings.HasSuffix(key, "')") {
			if own := r.keys[strings.TrimSuffix(key, "')")]; own != "" {
				segments[i] = name + "('" + url.PathEscape(own) + "')"
			}
		}
	}
	return strings.Join(segments, "/")
}

// translateBody does the same in JSON: texts that are keys, or URLs with keys.
func (r *Replayer) translateBody(body []byte) []byte {
	if len(r.keys) == 0 || len(body) == 0 {
		return body
	}
	v, syntax := jsontext.Decode(body)
	if syntax != nil {
		return body
	}
	changed := false
	v = r.translate(v, &changed)
	if !changed {
		return body
	}
	return jsontext.Append(nil, v)
}

func (r *Replayer) translate(v any, changed *bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = r.translate(v[i], changed)
		}
	case map[string]any:
		for name := range v {
			if text, isText := v[name].(string); isText && !namesEntity(name, text) {
				continue
			}
			v[name] = r.translate(v[name], changed)
		}
	case string:
		text := cmp.Or(r.keys[v], v)
		if strings.Contains(v, "/") {
			text = r.translatePath(v)
		}
		*changed = *changed || text != v
		return text
	}
	return v
}

// isAltered reports whether the body of a request can't be what was sent: the service took it, and it
// is not JSON, where nothing else is taken. Recorders shorten bodies, or take out what is
// secret; documentation has comments in them.
func (r *Replayer) isAltered(x *Exchange, m openapi.Match) bool {
	if x.Status/100 != 2 || len(x.Body) == 0 || m.Operation == nil {
		return false
	}
	_, wrong := r.config.Contract.CheckRequest(&openapi.Request{Match: m, Query: x.Query, Header: withToken(x.Header), Body: x.Body})
	return slices.ContainsFunc(wrong, func(v openapi.Violation) bool {
		return v.Rule == "body-syntax" || v.Rule == "body-duplicate-key" || v.Rule == "content-type-not-json"
	})
}

// namesEntity reports whether a member of a body may have the key of an entity, or its URL.
func namesEntity(name, text string) bool {
	return strings.Contains(text, "/") || schema.IsGUID(text) || strings.Contains(name, "@odata.") ||
		isGenerated(name, "", "")
}

// makeBody makes a body that the recording has not kept: the properties that the answer
// shows, and what the contract asks for. It returns why that can't be done.
func (r *Replayer) makeBody(ctx context.Context, o *Outcome, x *Exchange) (skipped string) {
	op := o.Operation
	takes := op.RequestBody()
	if n := op.Node(); n != nil && n.Kind == resource.Ref {
		return skippedLink
	}
	o.Made = true
	if takes.Schema() == nil {
		if o.Body = nil; takes.Accepted {
			o.Body = []byte("made by graphmock")
		}
		return ""
	}
	o.Header.Set("Content-Type", "application/json")
	body := map[string]any{}
	if answer, _ := jsontext.Decode(x.Answer); op.Node() == nil || op.Node().Kind != resource.Action {
		body, _ = answer.(map[string]any)
	}
	made := map[string]any{}
	for name, v := range body {
		if v != nil && (!strings.Contains(name, "@") && name != "id" || name == "@odata.type") {
			made[name] = v
		}
	}
	if typ := typeBy(body, op.Node()); typ != "" && made["@odata.type"] == nil {
		made["@odata.type"] = typ
	}
	takes.Prune(made)
	op.NewEntity().Complete(ctx, made, rand.New(rand.NewPCG(0, 0)))
	if name, _ := made[principalName].(string); name != "" && !strings.Contains(name, "@") {
		made[principalName] = name + "@contoso.com"
	}
	if len(made) == 0 && !takes.Required {
		o.Body = nil
		return ""
	}
	o.Body = jsontext.Append(nil, made)
	return ""
}

// principalName is a property that any text stands for in the contract, and only names with a
// domain in the service.
const principalName = "userPrincipalName"

// typeBy is the type that the context of an answer names, where another one is declared:
// the context of a new group of an administrative unit is that of groups.
func typeBy(answer map[string]any, n *resource.Node) string {
	text, _ := answer["@odata.context"].(string)
	_, text, _ = strings.Cut(text, "#")
	set, isEntity := strings.CutSuffix(text, "/$entity")
	if !isEntity || n == nil || n.Type == nil {
		return ""
	}
	if p := n.Tree().Model().Container().Property(set); p != nil && p.Type() != n.Type && p.Type().Is(n.Type) {
		return "#" + p.Type().Name
	}
	return ""
}
