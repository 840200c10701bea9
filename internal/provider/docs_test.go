package provider

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// page returns a page of docs/, or another file by its path from there.
func page(t *testing.T, name string) string {
	t.Helper()

	return string(must(os.ReadFile(filepath.Join("../../docs", name))))
}

// summaries matches the summaries of diagnostics, which are in title case.
// Nothing else in the code is, except for a fact of some diagnostics.
var summaries = regexp.MustCompile(`"(Interrupted|[A-Z][a-z]+(?: (?:[A-Z][a-z]+|ID|URL|at|by|for|from|in|of|the|with))+)"`)

func TestDocs_troubleshootingHasEveryDiagnostic(t *testing.T) {
	t.Parallel()
	guide := page(t, "guides/troubleshooting.md")
	found := map[string]bool{}
	for _, file := range must(filepath.Glob("*.go")) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range summaries.FindAllStringSubmatch(page(t, "../internal/provider/"+file), -1) {
			found[match[1]] = true
		}
	}
	delete(found, "Request ID")
	// Terraform's own.
	found["Provider produced inconsistent final plan"] = true
	if len(found) < 25 {
		t.Errorf("only %d summaries were found", len(found))
	}
	for summary := range found {
		if !strings.Contains(guide, "\n### "+summary+"\n") {
			t.Errorf("docs/guides/troubleshooting.md lacks %q", summary)
		}
	}
	for _, heading := range regexp.MustCompile(`\n### (.+)\n`).FindAllStringSubmatch(guide, -1) {
		if !found[heading[1]] {
			t.Errorf("docs/guides/troubleshooting.md has %q, which the provider never prints", heading[1])
		}
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s:]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	// unlinked matches what GitHub and the registry leave out of an anchor.
	unlinked = regexp.MustCompile(`[^\w\- ]`)
)

// What SECURITY.md promises is tested: each row of its tables names tests, and they
// are there.
func TestDocs_securityNamesTests(t *testing.T) {
	t.Parallel()
	text := page(t, "../SECURITY.md")
	var code strings.Builder
	for _, pattern := range []string{"*_test.go", "../rebilly/*_test.go"} {
		for _, file := range must(filepath.Glob(pattern)) {
			code.WriteString(page(t, "../internal/provider/"+file))
		}
	}
	for _, name := range regexp.MustCompile("`((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(text, -1) {
		if !strings.Contains(code.String(), "func "+name[1]+"(") {
			t.Errorf("there is no test %s", name[1])
		}
	}
	for _, table := range regexp.MustCompile(`(?m)^.*\| Test \|\n(?:\|.*\n)+`).FindAllString(text, -1) {
		for row := range strings.SplitSeq(strings.TrimSpace(table), "\n") {
			if !strings.Contains(row, "| Test |") && !strings.HasPrefix(row, "|---") && !strings.Contains(row, "`Test") {
				t.Errorf("the row names no test: %s", row)
			}
		}
	}
}

func TestDocs_linksAreValid(t *testing.T) {
	t.Parallel()
	anchors := func(text string) map[string]bool {
		found := map[string]bool{"": true}
		for _, match := range heading.FindAllStringSubmatch(text, -1) {
			found[strings.ReplaceAll(strings.ToLower(unlinked.ReplaceAllString(match[1], "")), " ", "-")] = true
		}
		for _, match := range anchor.FindAllStringSubmatch(text, -1) {
			found[match[1]] = true
		}

		return found
	}
	pages := 0
	root := os.DirFS("../..")
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "bench/*.md", ".github/*.md"} {
		for _, name := range must(fs.Glob(root, pattern)) {
			pages++
			for _, match := range link.FindAllStringSubmatch(string(must(fs.ReadFile(root, name))), -1) {
				target, fragment, _ := strings.Cut(match[1], "#")
				if target == "" {
					target = path.Base(name)
				}
				there, err := fs.ReadFile(root, path.Join(path.Dir(name), target))
				if errors.Is(err, fs.ErrNotExist) || err == nil && !anchors(string(there))[fragment] {
					t.Errorf("%s: the link to %s is broken", name, match[1])
				}
			}
		}
	}
	if pages < 15 {
		t.Errorf("only %d pages were found", pages)
	}
}

// argumentTypes has the names of types in docs/, as tfplugindocs writes them.
var argumentTypes = map[string]string{
	"tftypes.String": "String", "tftypes.Bool": "Boolean", "tftypes.List[tftypes.String]": "List of String",
}

// addArguments adds the arguments of block, as tfplugindocs would write them, to
// those below their heading. Optional is the heading of optional ones.
func addArguments(lines map[string][]string, block *tfprotov6.SchemaBlock, optional string) {
	for _, attribute := range block.Attributes {
		heading := optional
		if attribute.Required {
			heading = "### Required"
		}
		lines[heading] = append(lines[heading], fmt.Sprintf("- `%s` (%s) %s", attribute.Name, argumentTypes[attribute.Type.String()], attribute.Description))
	}
	for _, block := range block.BlockTypes {
		lines[optional] = append(lines[optional], fmt.Sprintf("- `%[1]s` (Block, Optional) (see [below for nested schema](#nestedblock--%[1]s))", block.TypeName))
		addArguments(lines, block.Block, "### Nested Schema for `"+block.TypeName+"`")
	}
	slices.Sort(lines[optional])
}

// documented returns the arguments in a page by their heading.
func documented(page string) map[string][]string {
	heading, lines := "", map[string][]string{}
	for line := range strings.SplitSeq(page, "\n") {
		switch {
		case strings.HasPrefix(line, "#"):
			heading = line
		case strings.HasPrefix(heading, "### ") && strings.HasPrefix(line, "- `"):
			lines[heading] = append(lines[heading], line)
		}
	}

	return lines
}

// The templates of these pages have the arguments by hand, because CLIs before
// Terraform 1.14 leave them out of the schemas that tfplugindocs reads.
func TestDocs_actionsAndListResourcesHaveEveryArgument(t *testing.T) {
	t.Parallel()
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	pages := map[string]*tfprotov6.Schema{}
	for name, action := range schemas.ActionSchemas {
		pages["actions/"+strings.TrimPrefix(name, "rebilly_")+".md"] = action.Schema
	}
	for name, schema := range schemas.ListResourceSchemas {
		pages["list-resources/"+strings.TrimPrefix(name, "rebilly_")+".md"] = schema
	}
	if len(pages) < 3 {
		t.Errorf("the provider has only %d actions and list resources", len(pages))
	}
	for name, schema := range pages {
		text, want := page(t, name), map[string][]string{}
		addArguments(want, schema.Block, "### Optional")
		if difference := cmp.Diff(want, documented(text)); difference != "" {
			t.Errorf("%s (-want +got):\n%s", name, difference)
		}
		// Both places have the description, without code font in the first.
		if strings.Count(strings.ReplaceAll(text, "`", ""), strings.ReplaceAll(schema.Block.Description, "`", "")) < 2 {
			t.Errorf("%s lacks the description %q", name, schema.Block.Description)
		}
	}
}

func TestDocs_everyEnumValueIsExplained(t *testing.T) {
	t.Parallel()
	document := must(openapi3.NewLoader().LoadFromFile("../rebillytest/openapi.yaml"))
	export := document.Components.Schemas["OrganizationExport"].Value.Properties
	explained := page(t, "data-sources/organization_export.md")
	values := export["status"].Value.Enum
	values = append(values, export["resources"].Value.Items.Value.Properties["type"].Value.Enum...)
	values = append(values, export["_links"].Value.Items.Value.Properties["rel"].Value.Enum...)
	if len(values) != 26 {
		t.Errorf("the API schema has %d values", len(values))
	}
	for _, value := range values {
		if !strings.Contains(explained, fmt.Sprintf("\n| `%s` | ", value)) {
			t.Errorf("the page does not explain %v", value)
		}
	}
}

// The advice on the page is the advice of the provider. What depends on the run
// differs: IDs, times, and counts.
func TestDocs_troubleshootingShowsTheAdviceOfDiagnostics(t *testing.T) {
	t.Parallel()
	var (
		spaces   = regexp.MustCompile(`\s+`)
		variable = regexp.MustCompile(`org_exp_\w+|\d[\dT:Z-]*`)
		example  = regexp.MustCompile("(?s)```text\n((?:Error|Warning): .*?)```")
	)
	normal := func(text string) string {
		return variable.ReplaceAllString(strings.TrimSpace(spaces.ReplaceAllString(text, " ")), "X")
	}
	diagnostics := normal(page(t, "../internal/provider/testdata/diagnostics.golden"))
	compared := 0
	for _, match := range example.FindAllStringSubmatch(page(t, "guides/troubleshooting.md"), -1) {
		paragraphs := strings.Split(match[1], "\n\n")
		if paragraphs[0] == "Error: Error when invoking action" {
			// Terraform prints its own title, and the error's in one paragraph with it.
			continue
		}
		// The paragraphs before the facts have the cause, which differs.
		facts := max(slices.IndexFunc(paragraphs, func(paragraph string) bool { return strings.HasPrefix(paragraph, "Organization: ") }), 0)
		for _, paragraph := range paragraphs[facts+1:] {
			compared++
			if !strings.Contains(diagnostics, normal(paragraph)) {
				t.Errorf("no diagnostic says what the page says under %q:\n%s", paragraphs[0], paragraph)
			}
		}
	}
	if compared < 40 {
		t.Errorf("only %d paragraphs were compared", compared)
	}
}
