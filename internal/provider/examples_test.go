package provider

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// exampleFiles returns the texts of the files of a folder of examples/.
func exampleFiles(t *testing.T, folder string) map[string]string {
	t.Helper()
	root := os.DirFS(filepath.Join("../../examples", folder))
	files := map[string]string{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := fs.ReadFile(root, name)
		files[name] = string(text)

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}

// demo returns the files of examples/demo.
func demo(t *testing.T) map[string]string {
	t.Helper()

	return exampleFiles(t, "demo")
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
