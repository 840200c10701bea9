package provider

import (
	"iter"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// listed is a result of a list resource.
type listed struct {
	name        string
	identity    map[string]any
	resource    *tfprotov6.DynamicValue
	diagnostics []*tfprotov6.Diagnostic

	identityData *tfprotov6.ResourceIdentityData
}

// query is what terraform query sends.
type query struct {
	config          values
	limit           int64
	includeResource bool
}

// stringList returns the elements of a list or set of strings; nil is null.
func stringList(elements ...any) []tftypes.Value {
	converted := []tftypes.Value{}
	for _, element := range elements {
		converted = append(converted, tftypes.NewValue(tftypes.String, element))
	}

	return converted
}

func (p protocol) validateList(config values) []*tfprotov6.Diagnostic {
	return must(p.server.ValidateListResourceConfig(p.ctx, &tfprotov6.ValidateListResourceConfigRequest{
		TypeName: objectType, Config: p.object(p.schema.ListResourceSchemas[objectType], config),
	})).Diagnostics
}

// stream returns the results of a list resource rebilly_organization_export as
// Terraform receives them.
func (p protocol) stream(query query) iter.Seq[listed] {
	response := must(p.server.ListResource(p.ctx, &tfprotov6.ListResourceRequest{
		TypeName:        objectType,
		Config:          p.object(p.schema.ListResourceSchemas[objectType], query.config),
		Limit:           query.limit,
		IncludeResource: query.includeResource,
	}))

	return func(yield func(listed) bool) {
		for result := range response.Results {
			mustNotShowDiagnostics(p.t, result.Diagnostics)
			next := listed{name: result.DisplayName, resource: result.Resource, diagnostics: result.Diagnostics, identityData: result.Identity}
			if result.Identity != nil && result.Identity.IdentityData != nil {
				identity := must(result.Identity.IdentityData.Unmarshal(identityType))
				next.identity, _ = plain(p.t, identity).(map[string]any)
			}
			if !yield(next) {
				return
			}
		}
	}
}

// list returns the results of a list resource, and the diagnostics of all of
// them. Results with diagnostics alone are left out.
func (p protocol) list(query query) (results []listed, diagnostics []*tfprotov6.Diagnostic) {
	for result := range p.stream(query) {
		diagnostics = append(diagnostics, result.diagnostics...)
		if result.identity != nil {
			results = append(results, result)
		}
	}

	return results, diagnostics
}
