package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	floor "github.com/rebilly/terraform-provider-rebilly/bench/floor/export"
)

// A floor with fewer attributes, or less to hide, would be too low.
func TestFloor_hasTheSchemaOfTheDataSource(t *testing.T) {
	t.Parallel()
	measured := unconfigured(t, nil).schema.DataSourceSchemas[floor.TypeName]
	if got, want := floor.Schema.ValueType(), measured.ValueType(); !want.Equal(got) {
		t.Errorf("the floor's type is %s, and the provider's %s", got, want)
	}
	byName := cmpopts.SortSlices(func(a, b *tfprotov6.SchemaAttribute) bool { return a.Name < b.Name })
	undescribed := cmpopts.IgnoreFields(tfprotov6.SchemaAttribute{}, "Description", "DescriptionKind")
	if difference := cmp.Diff(measured.Block.Attributes, floor.Schema.Block.Attributes, byName, undescribed); difference != "" {
		t.Errorf("the floor's attributes differ (-want +got):\n%s", difference)
	}
}
