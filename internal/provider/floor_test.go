package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	floor "github.com/rebilly/terraform-provider-rebilly/bench/floor/export"
)

// flagsOf adds what Terraform makes a difference by, for each attribute.
func flagsOf(attributes []*tfprotov6.SchemaAttribute, prefix string, into map[string][4]bool) {
	for _, attribute := range attributes {
		name := prefix + attribute.Name
		into[name] = [4]bool{attribute.Required, attribute.Optional, attribute.Computed, attribute.Sensitive}
		if attribute.NestedType != nil {
			flagsOf(attribute.NestedType.Attributes, name+".", into)
		}
	}
}

// A floor with fewer attributes, or less to hide, would be too low.
func TestFloor_hasTheSchemaOfTheDataSource(t *testing.T) {
	t.Parallel()
	server, err := newWrappedServer("test", options{}, false)
	if err != nil {
		t.Fatal(err)
	}
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	measured := schema.DataSourceSchemas[floor.TypeName]
	if got, want := floor.Schema.ValueType(), measured.ValueType(); !want.Equal(got) {
		t.Errorf("the floor's type is %s, and the provider's %s", got, want)
	}
	got, want := map[string][4]bool{}, map[string][4]bool{}
	flagsOf(floor.Schema.Block.Attributes, "", got)
	flagsOf(measured.Block.Attributes, "", want)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s is %v, want %v (required, optional, computed, sensitive)", name, got[name], want[name])
		}
	}
}
