package main

import (
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/scenarios"
	"github.com/graphmock/graphmock/server"
)

// TestReadmeTellsTheTruth plays what the README shows: its scenario file, its
// request and the response it promises.
func TestReadmeTellsTheTruth(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	file := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(readme)
	if file == nil {
		t.Fatal("no scenario file")
	}
	scenario, err := scenarios.Parse("slow-day.yaml", []byte(file[1]), openapi.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(server.Config{Scenarios: []*scenarios.Scenario{scenario}})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	origin, err := s.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(statuses(t, readme, origin), " "), "429 429 201 200"; got != want {
		t.Errorf("the README's request gets %s, want %s", got, want)
	}
	for _, line := range regexp.MustCompile(`(?m)^\| .--([a-z-]+)`).FindAllStringSubmatch(readme, -1) {
		if serveCommand().Flags().Lookup(line[1]) == nil {
			t.Errorf("the README has a flag --%s, serve has not", line[1])
		}
	}
}

// TestReadmePipelinesAreYAML: the examples for CI parse, and run what there is.
func TestReadmePipelinesAreYAML(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(data), -1)
	if len(blocks) != 3 {
		t.Fatalf("%d blocks, want a scenario and two pipelines", len(blocks))
	}
	for _, block := range blocks[1:] {
		var pipeline map[string]any
		if err := yaml.Unmarshal([]byte(block[1]), &pipeline); err != nil || len(pipeline) == 0 {
			t.Errorf("%v in\n%s", err, block[1])
		}
		line := regexp.MustCompile(`graphmock run .*`).FindString(block[1])
		for _, flag := range regexp.MustCompile(` --([a-z-]+)`).FindAllStringSubmatch(line, -1) {
			if runCommand().Flags().Lookup(flag[1]) == nil {
				t.Errorf("run has no flag --%s", flag[1])
			}
		}
	}
}

// statuses sends the README's first request a few times.
func statuses(t *testing.T, readme, origin string) []string {
	call := regexp.MustCompile(`(?s)curl -i -X PUT.*?-d '(.*?)'`).FindStringSubmatch(readme)
	address := regexp.MustCompile(`http://127\.0\.0\.1:8080(/v1\.0/me/activities/\S+/historyItems/\S+)`)
	path := address.FindStringSubmatch(readme)
	if call == nil || path == nil {
		t.Fatal("no request")
	}
	var all []string
	for range 4 {
		req, err := http.NewRequest("PUT", origin+path[1], strings.NewReader(call[1]))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer any-token")
		req.Header.Set("Content-Type", "application/json")
		res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		all = append(all, strconv.Itoa(res.StatusCode))
	}
	return all
}
