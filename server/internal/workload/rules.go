package workload

import (
	"embed"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/graph"
)

//go:embed */rules.txt
var ruleFiles embed.FS

// Rules returns what the workloads do beyond Graph's model, each rule with its evidence, workload
// by workload. A workload has its rules in a file rules.txt beside its code: all that it takes to
// add one is three lines,
//
//	move-changes-id
//	  a moved message has a new id, with which 201 answers it
//	  documented: message-move.md
//
// namely an id that no other rule has, what is so in which case (on as many lines as it takes), and
// how sure it is. The rule about an error has the error's id: status, code and message come from
// [graph.ErrorOf]. The source of what is documented names a page (message-move.md, or the CSDL), that
// of what was observed a repository, with its issue if it is one (microsoftgraph/msgraph-sdk-go#599),
// and that of what is assumed says why. Lines that begin with # are comments.
//
// An error that a client could have known of without the state is a violation of the contract, if
// its rule says so before its evidence, with the place and what helps:
//
//	breaks body /dueDateTime: send a dueDateTime after startDateTime
//
// The pointer is left out where the error itself names the property.
func Rules() []openapi.Behaviour {
	entries, err := ruleFiles.ReadDir(".")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	var all []openapi.Behaviour
	for _, folder := range entries {
		name := path.Join(folder.Name(), "rules.txt")
		text, err := ruleFiles.ReadFile(name)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		rules, err := readRules(folder.Name(), string(text))
		if err != nil {
			panic("BUG: " + name + ":" + err.Error())
		}
		all = append(all, rules...)
	}
	return all
}

// RuleOf returns the rule of a workload with an id.
func RuleOf(id string) (rule openapi.Behaviour, ok bool) {
	rule, ok = rulesByID()[id]
	return rule, ok
}

var rulesByID = sync.OnceValue(func() map[string]openapi.Behaviour {
	named := map[string]openapi.Behaviour{}
	for _, rule := range Rules() {
		named[rule.ID] = rule
	}
	return named
})

// readRules reads the rules of a workload. An error begins with the number of its line.
func readRules(workload, text string) (rules []openapi.Behaviour, err error) {
	var rule openapi.Behaviour
	for i, line := range strings.Split(text, "\n") {
		words := strings.TrimSpace(line)
		evidence, source, _ := strings.Cut(words, ": ")
		switch {
		case words == "" || line[0] == '#':
		case line[0] != ' ' && rule.ID != "":
			return nil, fmt.Errorf("%d: rule %s has no evidence", i+1, rule.ID)
		case line[0] != ' ':
			rule = openapi.Behaviour{Workload: workload, ID: words}
			if e, isError := graph.ErrorOf(words); isError {
				rule.Status, rule.Code, rule.Message = e.Status, e.Code, e.Message
			}
		case rule.ID == "":
			return nil, fmt.Errorf("%d: %q belongs to no rule", i+1, words)
		case strings.HasPrefix(words, "breaks "):
			place, hint, _ := strings.Cut(words[len("breaks "):], ": ")
			in, pointer, _ := strings.Cut(place, " ")
			rule.Breaks = &openapi.Breach{In: in, Pointer: pointer, Hint: hint}
		case isEvidence(evidence):
			rule.Evidence, rule.Source = openapi.Evidence(evidence), source
			rules, rule = append(rules, rule), openapi.Behaviour{}
		default:
			rule.Case = strings.TrimSpace(rule.Case + " " + words)
		}
	}
	if rule.ID != "" {
		return nil, fmt.Errorf("%d: rule %s has no evidence", strings.Count(text, "\n")+1, rule.ID)
	}
	return rules, nil
}

func isEvidence(word string) bool {
	switch openapi.Evidence(word) {
	case openapi.Documented, openapi.Observed, openapi.Assumed:
		return true
	}
	return false
}
