package main

import (
	"os"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v4"
)

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
