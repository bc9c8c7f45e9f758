package workload

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
)

// wellFormed is what a source looks like: it can be looked up.
var wellFormed = map[openapi.Evidence]*regexp.Regexp{
	openapi.Documented: regexp.MustCompile(`[a-z]\.md\b|\bCSDL\b|\bRFC \d+`),
	openapi.Observed:   regexp.MustCompile(`\b[\w.-]+[/#][\w.-]+|\b20\d\d\b`),
	openapi.Assumed:    regexp.MustCompile(`\w+ \w+`),
}

func TestRulesAreWellFormed(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	count := map[string]int{}
	for _, rule := range Rules() {
		count[rule.Workload]++
		if other, twice := seen[rule.ID]; twice {
			t.Errorf("%s/rules.txt: %s stands in %s, too", rule.Workload, rule.ID, other)
		}
		seen[rule.ID] = rule.Workload
		if !regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`).MatchString(rule.ID) || rule.Case == "" {
			t.Errorf("%s/rules.txt: rule %q lacks something: %+v", rule.Workload, rule.ID, rule)
		}
		if form := wellFormed[rule.Evidence]; form == nil || !form.MatchString(rule.Source) {
			t.Errorf("%s/rules.txt: %s: %s: %q can't be looked up; it wants %v", rule.Workload, rule.ID, rule.Evidence,
				rule.Source, form)
		}
	}
	for _, workload := range folders(t) {
		if count[workload] == 0 {
			t.Errorf("%s has no rules: they stand in %[1]s/rules.txt", workload)
		}
	}
}

// An error that a workload has is a rule, unless the contract has it, or all of Graph.
func TestErrorsOfWorkloadsAreRules(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, rule := range Rules() {
		known[rule.ID] = true
	}
	for row := range openapi.Embedded().Behaviours() {
		known[row.ID] = true
	}
	for _, workload := range folders(t) {
		for id := range errorsIn(t, workload) {
			if !known[id] {
				t.Errorf("%s/rules.txt: there is no rule about the error %s", workload, id)
			}
		}
	}
}

// byState are the errors with a status that clients can avoid, which nevertheless depend on what
// is stored, on who asks, or on others.
var byState = []string{
	"channel-general", "channel-id-invalid", "channel-name-taken", // teams: an id says what kind of chat it is
	"team-group-unfit",
	"calendar-permission-kept", "folder-fixed", "meeting-cancelled", "meeting-no-proposal", "meeting-not-organizer", "meeting-own", // calendar
	"occurrence-crossing", "view-too-many",
	"application-unknown", "credential-unknown", "directory-extension-unknown", "directory-page-expired", // directory
	"distribution-list", "domain-unverified", "extension-exists", "identifier-unverified", "invited-domain-verified",
	"invited-user-exists", "membership-dynamic", // likewise
	"last-owner", "license-exhausted", "license-missing", "license-unknown", "link-exists", "link-required",
	"not-removed", "object-conflict", "object-exists", "permission-enabled", "permission-granted", "permission-unknown",
	"properties-invalid", "reference-invalid", "reference-type", "role-assigned", "usage-location",
	"field-unindexed", "field-unknown", "folder-in-itself", "format-unsupported", "not-a-file", "not-a-folder", // files
	"column-protected", "field-invalid", "recipient-unknown", "root-copied", "upload-incomplete", "version-is-current",
	"mail-folder-fixed", "mail-folder-unmoved", "mail-move-failed", "mailbox-id-malformed", // mail
	"planner-field-invalid", "todo-list-fixed", "todo-list-kept",
	"subscription-validation-failed", "subscription-validation-timeout", "subscription-validation-token",
}

// byQuery are errors about query options, which are violations wherever they are found.
var byQuery = regexp.MustCompile(`^(contacts-(delta-option|filter)|directory-(count|delta-option|expand|filter|order|order-with-filter|property-unknown|query-advanced|search|skip)|` +
	`delta-(token-malformed|unsupported)|files-skip|` +
	`mail-(filter-function|inefficient|search-filter|search-invalid|search-order)|teams-query-option)$`)

// TestRefusalsAreViolationsOrDependOnTheState: each error that a client could avoid says which
// of both it is.
func TestRefusalsAreViolationsOrDependOnTheState(t *testing.T) {
	t.Parallel()
	left := slices.Clone(byState)
	for _, rule := range Rules() {
		i := slices.Index(left, rule.ID)
		switch b := rule.Breaks; {
		case b != nil && (i >= 0 || rule.Status < 400 || !slices.Contains([]string{"body", "header", "query", "path"}, b.In)):
			t.Errorf("%s/rules.txt: %s breaks %+v", rule.Workload, rule.ID, b)
		case b != nil:
		case i >= 0:
			left = slices.Delete(left, i, i+1)
		case slices.Contains([]int{400, 405, 406, 411, 413, 415, 422}, rule.Status) && !byQuery.MatchString(rule.ID):
			t.Errorf("%s/rules.txt: %s does not say what it breaks; or it depends on the state", rule.Workload, rule.ID)
		}
	}
	if len(left) > 0 {
		t.Errorf("%s are no such errors", left)
	}
}

func folders(t *testing.T) (names []string) {
	all, err := filepath.Glob("*/*.go")
	if err != nil || len(all) == 0 {
		t.Fatal("no workloads", err)
	}
	for _, file := range all {
		if folder := filepath.Dir(file); len(names) == 0 || names[len(names)-1] != folder {
			names = append(names, folder)
		}
	}
	return names
}

// errorsIn are the ids of errors that the code of a workload names.
func errorsIn(t *testing.T, workload string) map[string]bool {
	ids := map[string]bool{}
	files, _ := filepath.Glob(workload + "/*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range regexp.MustCompile(`"[a-z]+(-[a-z]+)+"`).FindAllString(string(text), -1) {
			if id := strings.Trim(word, `"`); graph.IsErrorID(id) {
				ids[id] = true
			}
		}
	}
	return ids
}

func TestBrokenRulesAreNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\n  so\n":                           "3: rule a has no evidence",
		"a\n  so\nb\n  so\n  assumed: as a\n": "3: rule a has no evidence",
		"  so\n":                              `1: "so" belongs to no rule`,
	} {
		if _, err := readRules("x", text); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	rules, err := readRules("x", "# about a\nobject-not-found\n  there is\n  none\n  observed: a/b#1\n")
	if err != nil || len(rules) != 1 || rules[0].Case != "there is none" || rules[0].Status != 404 ||
		rules[0].Source != "a/b#1" {
		t.Errorf("got %+v, %v", rules, err)
	}
}
