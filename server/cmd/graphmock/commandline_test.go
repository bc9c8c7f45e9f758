package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"
)

func TestCommandsOfReportsCanBePasted(t *testing.T) {
	t.Parallel()
	for want, args := range map[string][]string{
		"graphmock run -- npm test":                        {"run", "--", "npm", "test"},
		"graphmock run --seed 7 --watch -- sh -c 'a $b'":   {"run", "--watch", "--seed=7", "--", "sh", "-c", "a $b"},
		"graphmock run --scenario a --scenario 'b c' -- x": {"run", "--scenario=a", "--scenario", "b c", "--", "x"},
		"graphmock check a.har":                            {"check", "--report", "html=a.html", "--github", "a.har"},
		`graphmock verify --target http://a.test --token "$GRAPHMOCK_TOKEN"`: {"verify", "--target=http://a.test", "--token",
			"secret", "--output", "json"},
	} {
		root := &cobra.Command{Use: "graphmock"}
		var f reportFlags
		var got string
		sub := &cobra.Command{Use: args[0], RunE: func(_ *cobra.Command, rest []string) error {
			got = f.commandLine(rest...)
			return nil
		}}
		sub.Flags().Bool("watch", false, "")
		sub.Flags().Uint64("seed", 0, "")
		for _, name := range []string{"target", "token", "output"} {
			sub.Flags().String(name, "", "")
		}
		sub.Flags().StringArray("scenario", nil, "")
		f.add(sub)
		root.AddCommand(sub)
		root.SetArgs(args)
		if err := root.Execute(); err != nil || got != want {
			t.Errorf("got  %s (%v)\nwant %s", got, err, want)
		}
	}
}

func TestSourceOfAClientIsAFileOfTheRepository(t *testing.T) {
	root := t.TempDir()
	t.Setenv("GITHUB_WORKSPACE", root)
	t.Setenv("GITHUB_WORKFLOW_REF", "octo/app/.github/workflows/contract.yml@refs/heads/main")
	script := filepath.Join(root, "tests", "all.sh")
	if err := os.MkdirAll(filepath.Dir(script), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(script))
	for want, command := range map[string][]string{
		"tests/all.sh":                   {"sh", "all.sh"},
		".github/workflows/contract.yml": {"npm", "test", "/etc/passwd"},
	} {
		if got := sourceOf(command); got != want {
			t.Errorf("%v: got %s, want %s", command, got, want)
		}
	}
	t.Setenv("GITHUB_WORKFLOW_REF", "")
	if got := sourceOf([]string{"npm", "test"}); got != "" {
		t.Errorf("got %s", got)
	}
}
