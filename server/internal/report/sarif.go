package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The parts of SARIF 2.1.0 that are written.
//
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations"`
		Columns     string            `json:"columnKind"`
		Results     []sarifResult     `json:"results"`
		Properties  map[string]string `json:"properties,omitempty"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		About   string      `json:"informationUri"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID    string       `json:"id"`
		Short sarifMessage `json:"shortDescription"`
		Help  sarifMessage `json:"help"`
		Level struct {
			Level Level `json:"level"`
		} `json:"defaultConfiguration"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful bool   `json:"executionSuccessful"`
		Command    string `json:"commandLine,omitempty"`
		Start      string `json:"startTimeUtc,omitempty"`
		End        string `json:"endTimeUtc,omitempty"`
	}
	sarifResult struct {
		Rule         string            `json:"ruleId"`
		Index        int               `json:"ruleIndex"`
		Level        Level             `json:"level"`
		Message      sarifMessage      `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI  string `json:"uri"`
			Base string `json:"uriBaseId,omitempty"`
		} `json:"artifactLocation"`
		Region *sarifRegion `json:"region,omitempty"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifLogical struct {
		Name string `json:"name,omitempty"`
		Full string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

// informationURI is where people read what graphmock is.
const informationURI = "https://github.com/graphmock/graphmock"

func writeSARIF(w io.Writer, r *Report) error {
	run := sarifRun{
		Columns: "unicodeCodePoints", Results: []sarifResult{},
		Tool: sarifTool{sarifDriver{Name: "graphmock", Version: r.Version, About: informationURI, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{Successful: true, Command: r.Command,
			Start: formatTime(r.Started, "2006-01-02T15:04:05.000Z"),
			End:   formatTime(r.Ended, "2006-01-02T15:04:05.000Z")}},
	}
	rules := map[string]int{}
	for _, f := range r.findings() {
		index, known := rules[f.Rule]
		if !known {
			index = len(rules)
			rules[f.Rule] = index
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, r.sarifRule(f))
		}
		sum := sha256.Sum256([]byte(f.Key))
		run.Results = append(run.Results, sarifResult{
			Rule: f.Rule, Index: index, Level: f.Level, Message: sarifMessage{f.Message() + curl(f.Curl)}, Locations: r.locations(f),
			Fingerprints: map[string]string{"graphmock/v1": hex.EncodeToString(sum[:16])},
		})
	}
	for _, p := range permissionProperties(r.Verdict.Permissions) {
		if run.Properties == nil {
			run.Properties = map[string]string{}
		}
		run.Properties[p.Name] = p.Value
	}
	return writeIndented(w, sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// sarifRule describes the rule of a finding: by the contract's row of behaviour if
// it has one, else in words of our own.
func (r *Report) sarifRule(f Finding) sarifRule {
	rule := sarifRule{ID: f.Rule, Short: sarifMessage{"The rule " + f.Rule + " of the contract"}}
	if f.Kind == OfGuidance {
		rule.Short.Text = "Microsoft's guidance: " + strings.TrimPrefix(f.Rule, "guidance-")
	}
	rule.Level.Level = f.Level
	rule.Help.Text = helpText(f.Rule)
	for b := range r.Contract.Behaviours() {
		if b.ID == f.Rule {
			rule.Short.Text = sentence(b.Case)
			rule.Help.Text = fmt.Sprintf("%s. Graph answers: %s Evidence: %s (%s).", sentence(b.Case),
				joinNonEmpty(" ", b.Answer, b.Message), b.Evidence, b.Source)
			break
		}
	}
	return rule
}

// sentence begins a text with a capital letter.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(unicode.ToUpper(first)) + s[size:]
}

// unknownSource stands for a client of which nothing is known.
const unknownSource = "unknown-client"

// locations are where a finding is: in a file, and in the contract. Code scanning takes
// no result without a file and a line. What has none is about the file that stands for
// the client.
func (r *Report) locations(f Finding) []sarifLocation {
	at := sarifLocation{Physical: &sarifPhysical{Region: &sarifRegion{Line: 1}}}
	file := cmp.Or(r.Source, unknownSource)
	if p := f.Place; p.IsFile() {
		file = SourceFile(r.Root, p.File)
		at.Physical.Region = &sarifRegion{max(p.Line, 1), p.Column}
		if p.Entry > 0 {
			pointer := fmt.Sprintf("/log/entries/%d", p.Entry-1)
			at.Logical = append(at.Logical, sarifLogical{p.String(), pointer, "element"})
		}
	}
	at.Physical.Artifact.URI, at.Physical.Artifact.Base = artifact(file)
	if f.Subject != "" {
		at.Logical = append(at.Logical, sarifLogical{Full: f.Subject, Kind: string(f.Kind)})
	}
	return []sarifLocation{at}
}

// SourceFile names a file from the root of a repository, if it is in there. An empty
// root is the working folder.
func SourceFile(root, file string) string {
	if file == "" {
		return ""
	}
	folder, err := filepath.Abs(root)
	full, err2 := filepath.Abs(file)
	if err == nil && err2 == nil {
		if name, err := filepath.Rel(folder, full); err == nil && filepath.IsLocal(name) {
			file = name
		}
	}
	return filepath.ToSlash(file)
}

// artifact is a file as a URI: relative ones to the root of the sources.
func artifact(file string) (uri, base string) {
	switch {
	case strings.HasPrefix(file, "/"):
		return (&url.URL{Scheme: "file", Path: file}).String(), ""
	case filepath.VolumeName(file) != "":
		return (&url.URL{Scheme: "file", Path: "/" + file}).String(), ""
	}
	return (&url.URL{Path: file}).EscapedPath(), "%SRCROOT%"
}

// helpText says what a rule is about that has no row in the contract.
func helpText(rule string) string {
	if text := helpTexts()[rule]; text != "" {
		return text
	}
	if slices.Contains([]string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
		"maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"}, rule) {
		return "The contract's schema bounds the value by " + rule +
			". Send a value within the bounds that the message names."
	}
	return "A request or an answer breaks the contract's rule " + rule +
		". The message says where, and what would help."
}

func helpTexts() map[string]string {
	return map[string]string{
		"required": "A property, parameter or header that the contract requires is missing. Add it.",
		"type": "A value has another JSON type than the contract's schema asks for. Send the type " +
			"that the message names.",
		"format": "A value is not of the format that the contract's schema names, such as date-time " +
			"or uuid.",
		"pattern":              "A value does not match the pattern of the contract's schema.",
		"enum":                 "A value is not among those that the contract's schema lists.",
		"const":                "A value is not the only one that the contract's schema allows.",
		"additionalProperties": "A property is unknown to the contract's schema: often a misspelt name.",
		"unmatched": "No operation of the contract has this method and path. The message names the " +
			"nearest operation and why it did not fit.",
		"unsupported": "Graph has what was asked for, and graphmock does not serve it. The request may be right; it was " +
			"answered 501.",
		"outside": "A request was for a host that is neither Graph's nor Entra's; the proxy answers for no other unless " +
			"--pass-through says so.",
		"duplicate": "A write was stored and its answer was lost; then the same was created under another id. " +
			"Retry with the same id.",
		"unused":     "A scenario has replies that no request asked for: the test did not get as far as its script.",
		"retryAfter": "A scenario expects clients to wait as long as Retry-After says before they ask again.",
		"after":      "More requests came than a scenario has replies for.",
		"reply":      "A scripted reply could not be made.",
		"lint":       "A spec, fixtures or scenario file is wrong. The message says what would help.",
		"command":    "The command that was run did not end with success. Its own output says why.",
		"no-requests": "There was no request to judge, so nothing is known about Graph's client. A command that is run " +
			"sends its requests to $GRAPHMOCK_URL; a file that is checked has them.",
		"guidance":        "The requests keep the contract, and some do what Microsoft advises against. The findings say what.",
		"max-permissions": "A request needed more permissions than --max-permissions names.",
		"guidance-select": "A list is asked for without $select: each entity comes with properties that the client may not need.",
		"guidance-next-link": "A client makes the URL of the next page itself. Services page in ways of their own: follow " +
			"@odata.nextLink.",
		"guidance-retry-after": "A client asks again before Retry-After is over: it is throttled for longer.",
		"guidance-replication": "A client asks for what another request has just written, does not find it, and does not ask " +
			"again. What is written to the directory is seen late: wait, or ask until it is there.",
		"guidance-client-request-id": "Requests have no client-request-id, by which Microsoft's support finds them.",
		"coverage": "The tests touch less of the contract than was asked for. The message names the operations " +
			"with most that is missing.",
		"status":          "The status of an answer is not among those that the contract declares for the operation.",
		"token-empty":     "A request came without a bearer token. Send Authorization: Bearer TOKEN.",
		"token-over-http": "A request came with a token over plain http, where others can read it. Send it over https.",
	}
}
