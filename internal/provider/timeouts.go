package provider

import (
	"fmt"
	"time"

	datasourcetimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	resourcetimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The attribute timeouts has the library's type, and a schema of its own: the
// library's takes durations below zero, and has no place for a description.

// defaultWait is how long objects wait for an export to be completed where
// their timeouts do not say.
const defaultWait = 30 * time.Minute

const (
	timeoutsDescription = "How long this object may wait."
	waitDescription     = "How long to wait for completion, as a duration such as `90s` or `2h`. Defaults to `30m`."
)

func dataSourceTimeouts() datasourceschema.Attribute {
	return datasourceschema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: timeoutsDescription,
		CustomType:          datasourcetimeouts.Type{ObjectType: waitOf("read")},
		Attributes: map[string]datasourceschema.Attribute{
			"read": datasourceschema.StringAttribute{Optional: true, MarkdownDescription: waitDescription, Validators: waitValidators()},
		},
	}
}

func resourceTimeouts() resourceschema.Attribute {
	return resourceschema.SingleNestedAttribute{
		Optional:            true,
		MarkdownDescription: timeoutsDescription,
		CustomType:          resourcetimeouts.Type{ObjectType: waitOf("create")},
		Attributes: map[string]resourceschema.Attribute{
			"create": resourceschema.StringAttribute{Optional: true, MarkdownDescription: waitDescription, Validators: waitValidators()},
		},
	}
}

func waitOf(operation string) types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{operation: types.StringType}}
}

func waitValidators() []validator.String {
	return []validator.String{checked("a duration above zero", validateWait)}
}

func validateWait(text string) error {
	wait, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no duration; give a number with its unit, such as 90s or 2h", text)
	case wait <= 0:
		return fmt.Errorf("%q leaves no time to wait; give a duration above zero such as 90s, or set wait_for_completion to false", text)
	}

	return nil
}
