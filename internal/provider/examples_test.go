package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// demo returns the files of examples/demo.
func demo(t *testing.T) map[string]string {
	t.Helper()
	names, err := filepath.Glob("../../examples/demo/*.tf")
	if err != nil || len(names) == 0 {
		t.Fatalf("examples/demo: %v", err)
	}
	files := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = string(text)
	}

	return files
}

// demoWithKey is the demo with its credential in the configuration.
func demoWithKey(t *testing.T) map[string]string {
	t.Helper()
	files := demo(t)
	files["main.tf"] = strings.Replace(files["main.tf"], `provider "rebilly" {}`, `
variable "api_key" {
  type      = string
  sensitive = true
}

provider "rebilly" {
  api_key = var.api_key
}
`, 1)
	if !strings.Contains(files["main.tf"], "var.api_key") {
		t.Fatal("examples/demo has another provider block")
	}

	return files
}

// example returns a file of examples/ and names the provider, which examples
// for the registry's pages do not.
func example(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples", name))
	if err != nil {
		t.Fatal(err)
	}

	return map[string]string{"main.tf": string(text), "provider.tf": `
terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
`}
}
