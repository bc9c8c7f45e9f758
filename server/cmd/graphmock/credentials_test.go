package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/report"
)

// planter makes credentials that are there once each, so that a leak says where it was
// planted.
type planter struct{ planted map[string]string } // where, by the part that must not be seen

func (p *planter) plant(where string) string {
	secret := fmt.Sprintf("pL4nt%03d", len(p.planted))
	p.planted[secret] = where
	return secret
}

// looks are texts with a credential that is known by its looks, or by a name in the
// text.
func (p *planter) looks(place string) map[string]string {
	all := map[string]string{}
	for kind, format := range map[string]string{
		"jwt":               "eyJhbGciOiJIUzI1NiJ9.eyJ%s.c2lnbmF0dXJl",
		"jwe":               "eyJhbGciOiJkaXIifQ..aXY.%s.dGFn",
		"private key":       "-----BEGIN PRIVATE KEY-----\n%s\n-----END PRIVATE KEY-----",
		"bearer":            "Bearer %s",
		"basic":             "Basic %s=",
		"URL password":      "https://adele:%s@contoso.example/x",
		"SAS":               "https://contoso.blob.core.windows.example/x?sv=1&sig=%s",
		"S3":                "https://contoso.s3.example/x?X-Amz-Signature=%s&X-Amz-Date=1",
		"account key":       "AccountName=contoso;AccountKey=%s==;EndpointSuffix=example",
		"service bus":       "Endpoint=sb://contoso.example/;SharedAccessKey=%s=",
		"database":          "Server=contoso.example;User Id=sa;Password=%s;Encrypt=yes",
		"next URL":          "https://contoso.example/login?to=https%%3A%%2F%%2Fx%%3Faccess_token%%3D%s",
		"form":              "grant_type=x&client_secret=%s&scope=y",
		"authorization URL": "https://contoso.example/back?code=%s&state=x",
	} {
		all[kind] = fmt.Sprintf(format, p.plant(place+": "+kind))
	}
	return all
}

// members is an object with members that are named like credentials, and with what
// looks like one.
func (p *planter) members(place string) map[string]any {
	object := map[string]any{}
	for _, name := range []string{"secretText", "clientState", "password", "passwordBase64", "encryptionKey", "macKey",
		"temporaryAccessPass", "access_token", "refreshToken", "id_token", "client_secret", "client_assertion", "device_code",
		"apiKey", "connectionString", "privateKey"} {
		object[name] = p.plant(place + ": member " + name)
	}
	object["passwordProfile"] = map[string]any{"password": p.plant(place + ": passwordProfile")}
	object["keyCredentials"] = []any{map[string]any{"key": p.plant(place + ": keyCredentials")}}
	object["secrets"] = []any{map[string]any{"key": "SecretToken", "value": p.plant(place + ": pair")}}
	for kind, text := range p.looks(place) {
		object["note of "+kind] = text
	}
	inner, _ := json.Marshal(map[string]any{"password": p.plant(place + ": JSON in JSON")})
	object["json"] = string(inner)
	return object
}

// headers are headers with credentials.
func (p *planter) headers(place string) map[string]string {
	h := map[string]string{}
	for _, name := range []string{"Authorization", "Cookie", "X-Api-Key", "Ocp-Apim-Subscription-Key", "X-Functions-Key",
		"X-Auth-Token", "X-Ms-Authorization-Auxiliary", "Aeg-Sas-Key"} {
		h[name] = "Bearer " + p.plant(place+": "+name)
	}
	for kind, text := range p.looks(place) {
		h["X-Note-Of-"+strings.ReplaceAll(kind, " ", "-")] = strings.ReplaceAll(text, "\n", " ")
	}
	return h
}

// query is a query with credentials.
func (p *planter) query(place string) string {
	q := url.Values{}
	for _, name := range []string{"access_token", "client_secret", "code", "sig", "X-Amz-Signature", "api-key",
		"subscription-key", "tempauth", "password"} {
		q.Set(name, p.plant(place+": "+name))
	}
	for kind, text := range p.looks(place) {
		q.Set("note of "+kind, text)
	}
	return q.Encode()
}

// ownContract has keys of its own, in names that tell nothing.
const ownContract = `
openapi: 3.0.3
info: {title: own, version: "1"}
components:
  securitySchemes:
    header: {type: apiKey, in: header, name: X-Contoso}
    query: {type: apiKey, in: query, name: contoso}
paths:
  /things:
    post:
      operationId: create
      parameters:
        - {name: pin, in: query, schema: {type: string, format: password, pattern: '^[0-9]+$'}}
        - {name: X-Pin, in: header, schema: {type: string, format: password, maxLength: 3}}
      requestBody:
        content:
          application/json:
            schema:
              type: object
              properties:
                password: {type: string, maxLength: 3}
                clientState: {type: string, enum: [a, b]}
                size: {type: integer}
          text/plain: {}
      responses: {'200': {description: Done.}}
`

// leakyScenario lets a rule with credentials answer, and fail.
func (p *planter) leakyScenario(t *testing.T) string {
	t.Helper()
	body, err := json.Marshal(p.members("body of a scenario"))
	if err != nil {
		t.Fatal(err)
	}
	looks := p.looks("scenario")
	text := fmt.Sprintf(`{"version": 1, "name": "leaky", "summary": %q, "rules": [{"id": %q,
		"when": {"request": "GET /me/activities", "headers": {"x-leak": {"exists": true}}},
		"reply": [{"status": 200, "offContract": true, "headers": {"X-Api-Key": %q, "X-Note": %q}, "body": %s}],
		"after": "fail"}]}`, "With "+looks["jwt"], "rule-"+looks["jwe"], p.plant("header of a scenario"), looks["bearer"], body)
	return text
}

func TestNoOutputHasCredentials(t *testing.T) {
	t.Parallel()
	for _, contract := range []string{"graph", "own"} {
		t.Run(contract, func(t *testing.T) {
			t.Parallel()
			p := &planter{map[string]string{}}
			w := walk{t: t, planter: p, outputs: map[string]string{}}
			w.start(contract)
			if contract == "graph" {
				w.sendToGraph()
			} else {
				w.sendToOwn()
			}
			w.collect()
			for name, text := range w.outputs {
				if len(text) < 30 {
					t.Errorf("%s is all but empty: %s", name, text)
				}
				for secret, where := range p.planted {
					if at := strings.Index(text, secret); at >= 0 {
						t.Errorf("%s shows %s: ...%s...", name, where, text[max(0, at-60):min(len(text), at+40)])
					}
				}
			}
			if text := w.outputs["har"]; !strings.Contains(text, "REDACTED") {
				t.Error("nothing was redacted")
			}
		})
	}
}

// walk sends credentials to a server and collects all that it shows.
type walk struct {
	t *testing.T
	*planter
	server    *server.Server
	origin    string
	text, log bytes.Buffer
	outputs   map[string]string
}

func (w *walk) start(contract string) {
	json := slog.NewJSONHandler(&w.log, nil)
	config := server.Config{Auth: server.AuthOff, Observe: func(e server.Exchange) {
		w.text.Write(appendText(nil, &e))
		logJSON(json, e)
	}}
	if contract == "own" {
		c, err := openapi.Parse("own.yaml", []byte(ownContract))
		if err != nil {
			w.t.Fatal(err)
		}
		config.Contract = c
	} else {
		s, err := scenarios.Parse("leaky.json", []byte(w.leakyScenario(w.t)), openapi.Embedded())
		if err != nil {
			w.t.Fatal(err)
		}
		config.Scenarios = []*scenarios.Scenario{s}
	}
	s, err := server.New(config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.Close() })
	if w.origin, err = s.Listen(""); err != nil {
		w.t.Fatal(err)
	}
	w.server = s
}

func (w *walk) send(method, path, query string, headers map[string]string, mediaType string, body []byte) {
	w.t.Helper()
	req, err := http.NewRequest(method, w.origin+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.URL.RawQuery = query
	if mediaType != "" {
		req.Header.Set("Content-Type", mediaType)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	io.Copy(io.Discard, res.Body)
	res.Body.Close()
}

func (w *walk) sendJSON(method, path, query string, headers map[string]string, v any) {
	w.t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		w.t.Fatal(err)
	}
	w.send(method, path, query, headers, "application/json", body)
}

func (w *walk) sendToGraph() {
	const item = "/v1.0/me/activities/13881113971988980728/historyItems/390e06e2-7e5b-4133-8014-fac7ac991af7"
	w.send("GET", "/v1.0/me/activities", w.query("query"), w.headers("header"), "", nil)
	w.sendJSON("PUT", item, "", w.headers("header of a PUT"), w.members("body"))
	w.sendJSON("PUT", item, "", nil, map[string]any{"startedDateTime": w.looks("value in a violation")["jwt"],
		"userTimezone": w.looks("value")["SAS"], w.looks("name of a property")["jwt"]: 1})
	for kind, text := range w.looks("path") {
		if !strings.Contains(text, "\n") {
			w.send("GET", "/v1.0/me/activities/"+url.PathEscape(text), "", nil, "", nil)
			w.send("GET", "/v1.0/me/notes/"+url.PathEscape(text), "", nil, "", nil) // no such operation
		}
		_ = kind
	}
	w.send("GET", "/v1.0/me/unlock(password='"+w.plant("path: parameter of a function")+"')", "", nil, "", nil)
	hidden, _ := json.Marshal(w.members("base64 of a batch"))
	encoded := base64.StdEncoding.EncodeToString(hidden)
	w.planted[encoded[100:140]] = "batch: base64"
	w.sendJSON("POST", "/v1.0/$batch", "", nil, map[string]any{"requests": []any{
		map[string]any{"id": "1", "method": "PUT", "url": item[len("/v1.0"):] + "?" + w.query("query of a batch"),
			"headers": with(w.headers("header of a batch"), "Content-Type", "application/json"),
			"body":    w.members("body of a batch")},
		map[string]any{"id": w.looks("id of a batch")["jwt"], "method": "GET",
			"url": "/me/activities/" + url.PathEscape(w.looks("path of a batch")["jwt"])},
		map[string]any{"id": "3", "method": "PUT", "url": item[len("/v1.0"):],
			"headers": map[string]any{"Content-Type": "application/x-www-form-urlencoded"}, "body": encoded},
	}})
	for range 2 { // the second is a failure
		w.send("GET", "/v1.0/me/activities", "", map[string]string{"X-Leak": "1"}, "", nil)
	}
}

func with(h map[string]string, name, value string) map[string]any {
	all := map[string]any{name: value}
	for n, v := range h {
		all[n] = v
	}
	return all
}

func (w *walk) sendToOwn() {
	key := map[string]string{"X-Contoso": w.plant("own header"), "X-Pin": w.plant("own header of format password")}
	query := "contoso=" + w.plant("own option") + "&pin=x" + w.plant("own option of format password")
	w.sendJSON("POST", "/things", query, key, map[string]any{"password": w.plant("value that is too long"),
		"clientState": w.plant("value that is not listed"), "size": w.looks("no number")["jwt"]})
	w.send("POST", "/things", query, key, "text/plain", []byte(w.looks("text")["private key"]))
	w.send("POST", "/things", "", nil, "application/json", []byte(`{"password": "`+w.plant("broken JSON")))
	w.send("GET", "/nowhere", query, key, "", nil)
}

// collect collects what is shown: over HTTP, in logs, on a terminal and in reports.
func (w *walk) collect() {
	all, err := w.server.Requests("")
	if err != nil {
		w.t.Fatal(err)
	}
	paths := []string{"requests", "verdict", "scenarios", "har"}
	for _, e := range all {
		paths = append(paths, fmt.Sprintf("requests/%d", e.ID))
	}
	for _, path := range paths {
		w.outputs[path] = "GET /_graphmock/" + path + " answers:\n" + w.get("/_graphmock/"+path, nil)
	}
	w.outputs["events"] = w.get("/_graphmock/events", map[string]string{"Last-Event-ID": "0"})
	w.outputs["log"], w.outputs["log json"] = w.text.String(), w.log.String()
	r := report.Of(w.server.Contract(), w.server.Verdict(), all, w.server.Violating())
	looks := w.looks("command")
	r.Command = "graphmock run -- npm test --api-key " + w.plant("command: flag") + " " + looks["SAS"]
	r.Notes = []string{"curl -H 'X-Api-Key: " + w.plant("note") + "' " + looks["S3"]}
	r.Shortfalls = []report.Shortfall{{Rule: "command", Message: "npm test --token=" + w.plant("shortfall") + " failed"}}
	r.Problems = append(r.Problems, problemOf("x.yaml", fmt.Errorf("%q is no date", looks["jwt"])))
	for _, format := range report.Formats() {
		var b bytes.Buffer
		if err := report.Write(format, &b, r); err != nil {
			w.t.Fatal(err)
		}
		w.outputs[format] = b.String()
	}
	var annotations, terminal, exchanges bytes.Buffer
	annotate(&annotations, r)
	printVerdict(&terminal, r.Verdict)
	for _, e := range all {
		fmt.Fprintln(&exchanges, e.Path, e.Query, e.Header, e.AnswerHeader, e.Violations, e.Rule, e.BatchID)
	}
	w.outputs["annotations"], w.outputs["terminal"], w.outputs["exchanges in Go"] =
		annotations.String(), terminal.String(), exchanges.String()
}

// get reads a response; of a stream, the events of all exchanges that there are.
func (w *walk) get(path string, headers map[string]string) string {
	ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", w.origin+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if headers == nil {
		body, err := io.ReadAll(res.Body)
		if err != nil {
			w.t.Fatal(err)
		}
		return string(body)
	}
	all, err := w.server.Requests("")
	if err != nil {
		w.t.Fatal(err)
	}
	var text bytes.Buffer
	last := fmt.Sprintf("id: %d\n", slices.MaxFunc(all, func(a, b server.Exchange) int { return int(a.ID - b.ID) }).ID)
	for part := make([]byte, 4096); !strings.Contains(text.String(), last) || !strings.HasSuffix(text.String(), "\n\n"); {
		n, err := res.Body.Read(part)
		text.Write(part[:n])
		if err != nil {
			w.t.Fatal(err)
		}
	}
	return text.String()
}
