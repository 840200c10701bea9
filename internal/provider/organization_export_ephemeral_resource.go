package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*organizationExportEphemeralResource)(nil)

// organizationExportEphemeralResource is the ephemeral resource
// rebilly_organization_export.
type organizationExportEphemeralResource struct {
	data *providerData
}

type organizationExportEphemeralResourceModel struct {
	organizationExportModel

	SignedLink  types.String `tfsdk:"signed_link"`
	Links       types.List   `tfsdk:"links"`
	IncludeFile types.Bool   `tfsdk:"include_file"`
	File        types.Object `tfsdk:"file"`
}

func newOrganizationExportEphemeralResource() ephemeral.EphemeralResource {
	return &organizationExportEphemeralResource{}
}

func (e *organizationExportEphemeralResource) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_organization_export"
}

func (e *organizationExportEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one organization data export (`GET /organization-exports/{id}`), with its signed link, and stores nothing in state or plan files. It does not wait for the export's completion.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{Required: true, MarkdownDescription: idDescription, Validators: []validator.String{validExportID}},
			"organization_id": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				MarkdownDescription: organizationIDDescription,
				Validators:          []validator.String{validOrgID},
			},
			"include_file":   schema.BoolAttribute{Optional: true, MarkdownDescription: includeFileDescription},
			"user_id":        schema.StringAttribute{Computed: true, MarkdownDescription: userIDDescription},
			"file_id":        schema.StringAttribute{Computed: true, MarkdownDescription: fileIDDescription},
			"status":         schema.StringAttribute{Computed: true, MarkdownDescription: statusDescription},
			"created_time":   schema.StringAttribute{Computed: true, MarkdownDescription: createdTimeDescription},
			"updated_time":   schema.StringAttribute{Computed: true, MarkdownDescription: updatedTimeDescription},
			"retention_time": schema.StringAttribute{Computed: true, MarkdownDescription: retentionTimeDescription},
			"resources": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: resourcesDescription,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"type":         schema.StringAttribute{Computed: true, MarkdownDescription: typeDescription},
					"record_count": schema.Int64Attribute{Computed: true, MarkdownDescription: recordCountDescription},
				}},
			},
			"signed_link": schema.StringAttribute{
				Computed:  true,
				Sensitive: true,
				MarkdownDescription: "URL that downloads the exported file without any other credential; the `href` of the link `signedLink`. " +
					"Different on every read. Null until the export is completed.",
			},
			"file": schema.SingleNestedAttribute{
				Computed:            true,
				MarkdownDescription: fileDescription,
				Attributes: map[string]schema.Attribute{
					"size": schema.Int64Attribute{Computed: true, MarkdownDescription: sizeDescription},
					"sha1": schema.StringAttribute{Computed: true, MarkdownDescription: sha1Description},
				},
			},
			"record_counts": schema.MapAttribute{ElementType: types.Int64Type, Computed: true, MarkdownDescription: recordCountsDescription},
			"links": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: linksDescription,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"rel":  schema.StringAttribute{Computed: true, MarkdownDescription: relDescription},
					"href": schema.StringAttribute{Computed: true, Sensitive: true, MarkdownDescription: hrefDescription},
				}},
			},
		},
	}
}

func (e *organizationExportEphemeralResource) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.data = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// Open implements ephemeral.EphemeralResource. It calls the API operation
// GetOrganizationExport, and GetFile if the file's record is included.
func (e *organizationExportEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var config organizationExportEphemeralResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	id, organizationID := config.ID.ValueString(), e.data.organizationFor(config.OrganizationID)
	if resp.Diagnostics.Append(e.data.ready(organizationID)...); resp.Diagnostics.HasError() {
		return
	}

	ctx, cancel := e.data.withTimeout(ctx, defaultTimeout)
	defer cancel()
	export, err := e.data.client.GetOrganizationExport(ctx, organizationID.ValueString(), id)
	if err != nil {
		resp.Diagnostics.Append(e.data.readError(id, organizationID, nil, err))

		return
	}
	links, err := e.data.client.ValidLinks(export)
	if err != nil {
		resp.Diagnostics.Append(e.data.linkError(id, organizationID, "", err))

		return
	}
	// The link is one of links, which are valid.
	link, _ := e.data.client.SignedLink(export)
	file, diags := e.data.readFile(ctx, config.IncludeFile, organizationID, export)
	if resp.Diagnostics.Append(diags...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, &organizationExportEphemeralResourceModel{
		organizationExportModel: newOrganizationExportModel(organizationID, export),
		SignedLink:              types.StringPointerValue(link),
		Links:                   linksValue(links),
		IncludeFile:             config.IncludeFile,
		File:                    file,
	})...)
}
