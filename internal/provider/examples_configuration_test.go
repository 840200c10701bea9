package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// bodyOf returns what HCL must find in a block with these arguments and blocks.
func bodyOf(arguments []*tfprotov6.SchemaAttribute, blocks ...string) *hcl.BodySchema {
	schema := &hcl.BodySchema{}
	for _, argument := range arguments {
		schema.Attributes = append(schema.Attributes, hcl.AttributeSchema{Name: argument.Name, Required: argument.Required})
	}
	for _, block := range blocks {
		schema.Blocks = append(schema.Blocks, hcl.BlockHeaderSchema{Type: block})
	}

	return schema
}

// No CLI before Terraform 1.14 validates actions and queries.
func TestExamples_actionsAndQueriesAreValid(t *testing.T) {
	t.Parallel()
	schemas := startProvider(t, inMemory(rebillytest.NewFor(t), nil)).schema
	configs := map[string]*tfprotov6.Schema{}
	for name, schema := range schemas.ListResourceSchemas {
		configs["list "+name] = schema
	}
	for name, action := range schemas.ActionSchemas {
		configs["action "+name] = action.Schema
	}
	check := func(body hcl.Body, schema *hcl.BodySchema) hcl.Blocks {
		content, diags := body.Content(schema)
		if diags.HasErrors() {
			t.Error(diags.Errs())
		}

		return content.Blocks
	}
	labels := []string{"type", "name"}
	top := &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "action", LabelNames: labels}, {Type: "list", LabelNames: labels}, {Type: "resource", LabelNames: labels},
	}}
	around := map[string]*hcl.BodySchema{
		"action": bodyOf([]*tfprotov6.SchemaAttribute{{Name: "for_each"}}, "config"),
		"list":   bodyOf([]*tfprotov6.SchemaAttribute{{Name: "provider", Required: true}, {Name: "limit"}, {Name: "include_resource"}}, "config"),
	}
	trigger := bodyOf([]*tfprotov6.SchemaAttribute{{Name: "events", Required: true}, {Name: "actions", Required: true}, {Name: "condition"}})
	found := map[string]int{}
	for name, text := range exampleFiles(t, ".") {
		if !strings.HasSuffix(name, ".tf") && !strings.HasSuffix(name, ".tfquery.hcl") {
			continue
		}
		file, diags := hclsyntax.ParseConfig([]byte(text), name, hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		content, _, _ := file.Body.PartialContent(top)
		for _, block := range content.Blocks {
			found[block.Type]++
			if block.Type == "resource" {
				lifecycles, _, _ := block.Body.PartialContent(bodyOf(nil, "lifecycle"))
				for _, lifecycle := range lifecycles.Blocks {
					triggers, _, _ := lifecycle.Body.PartialContent(bodyOf(nil, "action_trigger"))
					for _, block := range triggers.Blocks {
						check(block.Body, trigger)
					}
				}

				continue
			}
			schema := configs[block.Type+" "+block.Labels[0]]
			if schema == nil {
				t.Errorf("%s: the provider has no %s %s", block.DefRange, block.Type, block.Labels[0])

				continue
			}
			nested := map[string]*hcl.BodySchema{}
			config := bodyOf(schema.Block.Attributes)
			for _, of := range schema.Block.BlockTypes {
				nested[of.TypeName] = bodyOf(of.Block.Attributes)
				config.Blocks = append(config.Blocks, hcl.BlockHeaderSchema{Type: of.TypeName})
			}
			for _, body := range check(block.Body, around[block.Type]) {
				for _, inner := range check(body.Body, config) {
					check(inner.Body, nested[inner.Type])
				}
			}
		}
	}
	if found["action"] < 4 || found["list"] < 1 {
		t.Errorf("only %v were found", found)
	}
}
