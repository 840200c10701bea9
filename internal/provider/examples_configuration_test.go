package provider

import (
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// No CLI before Terraform 1.14 validates actions and queries.
func TestExamples_actionsAndQueriesAreValid(t *testing.T) {
	t.Parallel()
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	actions := map[string]*tfprotov6.Schema{}
	for name, action := range schemas.ActionSchemas {
		actions[name] = action.Schema
	}
	found := map[string]int{}
	for name, text := range exampleFiles(t, ".") {
		if !strings.HasSuffix(name, ".tf") && !strings.HasSuffix(name, ".tfquery.hcl") {
			continue
		}
		file, diags := hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Error(diags)

			continue
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			t.Fatalf("%s is a %T", name, file.Body)
		}
		for _, block := range body.Blocks {
			switch block.Type {
			case "action":
				mustConform(t, block, actions, "config", "for_each")
			case "list":
				mustConform(t, block, schemas.ListResourceSchemas, "config", "provider", "limit", "include_resource")
			case "resource":
				mustTriggerActions(t, block)

				continue
			default:
				continue
			}
			found[block.Type]++
		}
	}
	if found["action"] < 4 || found["list"] < 1 {
		t.Errorf("only %v were found", found)
	}
}

// mustConform fails the test unless the config block in block has the required
// arguments of its schema and no unknown ones, and block itself has no others
// than allowed.
func mustConform(t *testing.T, block *hclsyntax.Block, schemas map[string]*tfprotov6.Schema, allowed ...string) {
	t.Helper()
	where := block.DefRange()
	schema := schemas[block.Labels[0]]
	if schema == nil {
		t.Errorf("%s: the provider has no %s %s", where, block.Type, block.Labels[0])

		return
	}
	if block.Type == "list" && block.Body.Attributes["provider"] == nil {
		t.Errorf("%s: a list needs a provider", where)
	}
	for name := range block.Body.Attributes {
		if !slices.Contains(allowed, name) {
			t.Errorf("%s: unknown argument %s", where, name)
		}
	}
	for _, config := range block.Body.Blocks {
		if !slices.Contains(allowed, config.Type) {
			t.Errorf("%s: unknown block %s", where, config.Type)

			continue
		}
		mustHaveArguments(t, config.Body, schema.Block)
	}
}

func mustHaveArguments(t *testing.T, body *hclsyntax.Body, schema *tfprotov6.SchemaBlock) {
	t.Helper()
	known := map[string]bool{}
	for _, attribute := range schema.Attributes {
		known[attribute.Name] = true
		if attribute.Required && body.Attributes[attribute.Name] == nil {
			t.Errorf("%s: %s is missing", body.Range(), attribute.Name)
		}
	}
	for name := range body.Attributes {
		if !known[name] {
			t.Errorf("%s: unknown argument %s", body.Range(), name)
		}
	}
	for _, block := range body.Blocks {
		index := slices.IndexFunc(schema.BlockTypes, func(nested *tfprotov6.SchemaNestedBlock) bool { return nested.TypeName == block.Type })
		if index < 0 {
			t.Errorf("%s: unknown block %s", body.Range(), block.Type)

			continue
		}
		mustHaveArguments(t, block.Body, schema.BlockTypes[index].Block)
	}
}

// mustTriggerActions fails the test unless the action triggers of a resource
// have events and actions.
func mustTriggerActions(t *testing.T, resource *hclsyntax.Block) {
	t.Helper()
	for _, lifecycle := range resource.Body.Blocks {
		for _, trigger := range lifecycle.Body.Blocks {
			if trigger.Type == "action_trigger" && (trigger.Body.Attributes["events"] == nil || trigger.Body.Attributes["actions"] == nil) {
				t.Errorf("%s: an action trigger needs events and actions", trigger.DefRange())
			}
		}
	}
}
