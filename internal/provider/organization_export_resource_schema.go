package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func organizationExportResourceSchema() schema.Schema {
	attributes := resourceAttributes.attributes(organizationExportFields)
	attributes["include_files"] = schema.BoolAttribute{
		Optional: true,
		Computed: true,
		MarkdownDescription: "Whether the organization's files are exported too. Defaults to `false`. Changing it requests another export. " +
			"Rebilly does not tell it of an export that was imported, where it is null until the configuration sets it.",
		PlanModifiers: []planmodifier.Bool{includeFilesModifier{}},
	}
	attributes["triggers"] = schema.MapAttribute{
		ElementType: types.StringType,
		Optional:    true,
		MarkdownDescription: "Any values that another export is requested for when they change, such as a date or a version. " +
			"The first ones that an imported export is given change nothing.",
		PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(replaceUnlessImported,
			"Another export is requested when the triggers change.", "Another export is requested when the triggers change.")},
	}
	attributes["wait_for_completion"] = schema.BoolAttribute{
		Optional: true,
		Computed: true,
		Default:  booldefault.StaticBool(true),
		MarkdownDescription: "Whether creation waits until the export is `completed`, and fails where it is `failed` or `expired`. Defaults to `true`. " +
			"An export that was requested is in the state also where waiting for it fails.",
	}
	attributes["timeouts"] = resourceTimeouts()

	return schema.Schema{
		MarkdownDescription: "Requests an export of all data of an organization (`POST /organization-exports`), waits for its completion, and keeps its record. " +
			"Rebilly has no operation that deletes an export: destroying the resource only forgets it. " +
			"The signed link of the export is no attribute of this resource; the ephemeral resource of the same name reads it.",
		Attributes: attributes,
	}
}

// includeFilesModifier plans false where the configuration says nothing, and
// another export where the value changes. Null in the state is an imported
// export, of which nobody knows the value: it stays null until the
// configuration sets it, and is no reason for another export.
type includeFilesModifier struct{}

var _ planmodifier.Bool = includeFilesModifier{}

// Description implements planmodifier.Describer.
func (includeFilesModifier) Description(context.Context) string {
	return "Defaults to false. Another export is requested when it changes."
}

// MarkdownDescription implements planmodifier.Describer.
func (m includeFilesModifier) MarkdownDescription(ctx context.Context) string {
	return m.Description(ctx)
}

// PlanModifyBool implements planmodifier.Bool.
func (includeFilesModifier) PlanModifyBool(_ context.Context, req planmodifier.BoolRequest, resp *planmodifier.BoolResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	imported := !req.State.Raw.IsNull() && req.StateValue.IsNull()
	switch {
	case imported && req.ConfigValue.IsNull():
		resp.PlanValue = types.BoolNull()
	case req.ConfigValue.IsNull():
		resp.PlanValue = types.BoolValue(false)
	}
	resp.RequiresReplace = !imported && !req.State.Raw.IsNull() && !resp.PlanValue.Equal(req.StateValue)
}

// replaceUnlessImported asks for another export unless the state is that of an
// imported one that has had no triggers yet.
func replaceUnlessImported(ctx context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
	var includeFiles types.Bool
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("include_files"), &includeFiles)...)
	resp.RequiresReplace = !includeFiles.IsNull() || !req.StateValue.IsNull()
}
