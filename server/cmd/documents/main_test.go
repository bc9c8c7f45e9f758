package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const hello = `
openapi: 3.0.3
info: {title: hello, version: '1'}
paths: {/hello: {get: {responses: {'200': {description: ok, content: {application/json: {schema: {type: string}}}}}}}}
`

func TestTableHasALineForEachDocument(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	for name, text := range map[string]string{
		"hello.yaml":       hello,
		"wrong.yml":        strings.Replace(hello, "type: string}}", "type: string}, example: 7}", 1),
		"below/other.json": `{"swagger": "2.0"}`,
		"faulty.json":      `{"openapi": "3.0.3"}`,
		"notes.txt":        "no document",
		"none.json":        `{"openapi": "3.1.0", "info": {"title": "none", "version": "1"}, "webhooks": {}}`,
	} {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	clean, err := run(t.Context(), &out, []string{folder}, 0, true)
	if clean || err != nil {
		t.Errorf("clean is %v, %v", clean, err)
	}
	for _, line := range []string{
		`^document +faults +operations +requests +findings +bad examples +seconds\n`,
		`\nother.json +- +- +- +- +- +\d+\.\d\n  \S`,
		`\nhello.yaml +0 +1 +[1-9]\d* +0 +0 +\d+\.\d\n`,
		`\nfaulty.json +1 +0 +0 +0 +0 +\d+\.\d\n`,
		`\nnone.json +0 +0 +0 +0 +0 +\d+\.\d\n`,
		`\nwrong.yml +0 +1 +[1-9]\d* +0 +1 +\d+\.\d\n  example of GET /hello: type: response body: expected string, not number 7\n`,
	} {
		if !regexp.MustCompile(line).MatchString(out.String()) {
			t.Errorf("no line like %s in\n%s", line, out.String())
		}
	}
	clean, err = run(t.Context(), &out, []string{filepath.Join(folder, "hello.yaml")}, 0, false)
	if !clean || err != nil {
		t.Errorf("clean is %v, %v", clean, err)
	}
	if _, err := run(t.Context(), &out, []string{t.TempDir()}, 0, false); err == nil {
		t.Error("a folder without documents is no error")
	}
}
