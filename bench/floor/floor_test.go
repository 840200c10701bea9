package main

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/rebilly/terraform-provider-rebilly/internal/provider"
)

// flags are what Terraform makes a difference by, for each attribute.
func flags(attributes []*tfprotov6.SchemaAttribute, prefix string, into map[string][4]bool) {
	for _, attribute := range attributes {
		name := prefix + attribute.Name
		into[name] = [4]bool{attribute.Required, attribute.Optional, attribute.Computed, attribute.Sensitive}
		if attribute.NestedType != nil {
			flags(attribute.NestedType.Attributes, name+".", into)
		}
	}
}

// A floor with fewer attributes, or less to hide, would be too low.
func TestTheFloorHasTheSchemaOfTheDataSource(t *testing.T) {
	t.Parallel()
	server := providerserver.NewProtocol6(provider.New(t.Context(), "test")())()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	measured := schema.DataSourceSchemas[typeName]
	if !measured.ValueType().Equal(exportType) {
		t.Errorf("the floor's type is %s, and the provider's %s", exportType, measured.ValueType())
	}
	got, want := map[string][4]bool{}, map[string][4]bool{}
	flags(exportSchema.Block.Attributes, "", got)
	flags(measured.Block.Attributes, "", want)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is %v, want %v (required, optional, computed, sensitive)", name, got[name], want[name])
		}
	}
}
