package provider

import (
	"slices"

	datasourceschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// field is an attribute that the API fills. The framework has attributes of
// other Go types for data sources, ephemeral resources and resources; a field
// is what they have in common.
type field struct {
	name        string
	description string
	kind        fieldKind
	sensitive   bool
	// fixed says that the value is there from the request on and never
	// changes.
	fixed bool
	// elements are the fields of the objects in a list.
	elements []field
}

type fieldKind int

const (
	stringField fieldKind = iota
	integerField
	timeField
	listField
)

const idDescription = "ID of the export: 1 to 50 letters, digits and `@ ~ - . _`."

// organizationExportFields are the fields of organizationExportModel.
var organizationExportFields = []field{
	{name: "id", description: idDescription, fixed: true},
	{name: "user_id", description: "ID of the user who requested the export.", fixed: true},
	{name: "file_id", description: "ID of the file with the exported data. Null while there is none."},
	{
		name: "status",
		description: "Status of the request: `pending`, `queued`, `processing`, `completed`, `failed` or `expired`. " +
			"A status that Rebilly adds later is passed on as it is.",
	},
	{
		name: "resources", description: "What was exported, in Rebilly's order.", kind: listField,
		elements: []field{
			{
				name: "type",
				description: "Type of the exported resources: `customers`, `users`, `payment-instruments`, `invoices`, `orders`, " +
					"`transactions`, `disputes`, `gateway-accounts`, `blocklists`, `lists`, `webhooks`, `products`, `websites`, `plans`, " +
					"`credit-memos`, `files` or `email-notifications`. A type that Rebilly adds later is passed on as it is.",
			},
			{name: "record_count", description: "Number of exported records of this type.", kind: integerField},
		},
	},
	{name: "created_time", description: "When the export was requested, as an RFC 3339 time.", kind: timeField, fixed: true},
	{name: "updated_time", description: "When the request last changed, as an RFC 3339 time.", kind: timeField},
	{name: "retention_time", description: "When Rebilly removes the exported file, as an RFC 3339 time. Null while there is none.", kind: timeField},
}

// linkedExportFields are the fields of linkedExportModel.
var linkedExportFields = append(slices.Clip(organizationExportFields), field{
	name: "links", description: "Related links, in Rebilly's order.", kind: listField,
	elements: []field{
		{
			name:        "rel",
			description: "What the link leads to: `self` (the request), `user` (who requested it) or `signedLink` (the exported file, only once there is one).",
		},
		{
			name: "href", sensitive: true,
			description: "URL of the link. That of `signedLink` downloads all of the organization's data without any other credential, and is another one at every read.",
		},
	},
})

// stringType is the type of fields that are strings; nil is the framework's own.
func (f field) stringType() basetypes.StringTypable {
	if f.kind == timeField {
		return timestampType{}
	}

	return nil
}

// dataSourceAttributes returns fields as computed attributes of a data source.
func dataSourceAttributes(fields []field) map[string]datasourceschema.Attribute {
	attributes := make(map[string]datasourceschema.Attribute, len(fields))
	for _, f := range fields {
		switch f.kind {
		case listField:
			attributes[f.name] = datasourceschema.ListNestedAttribute{
				Computed: true, MarkdownDescription: f.description,
				NestedObject: datasourceschema.NestedAttributeObject{Attributes: dataSourceAttributes(f.elements)},
			}
		case integerField:
			attributes[f.name] = datasourceschema.Int64Attribute{Computed: true, MarkdownDescription: f.description}
		default:
			attributes[f.name] = datasourceschema.StringAttribute{
				Computed: true, MarkdownDescription: f.description, Sensitive: f.sensitive, CustomType: f.stringType(),
			}
		}
	}

	return attributes
}

// ephemeralAttributes returns fields as computed attributes of an ephemeral
// resource.
func ephemeralAttributes(fields []field) map[string]ephemeralschema.Attribute {
	attributes := make(map[string]ephemeralschema.Attribute, len(fields))
	for _, f := range fields {
		switch f.kind {
		case listField:
			attributes[f.name] = ephemeralschema.ListNestedAttribute{
				Computed: true, MarkdownDescription: f.description,
				NestedObject: ephemeralschema.NestedAttributeObject{Attributes: ephemeralAttributes(f.elements)},
			}
		case integerField:
			attributes[f.name] = ephemeralschema.Int64Attribute{Computed: true, MarkdownDescription: f.description}
		default:
			attributes[f.name] = ephemeralschema.StringAttribute{
				Computed: true, MarkdownDescription: f.description, Sensitive: f.sensitive, CustomType: f.stringType(),
			}
		}
	}

	return attributes
}

// resourceAttributes returns fields as computed attributes of a resource.
func resourceAttributes(fields []field) map[string]resourceschema.Attribute {
	attributes := make(map[string]resourceschema.Attribute, len(fields))
	for _, f := range fields {
		switch f.kind {
		case listField:
			attributes[f.name] = resourceschema.ListNestedAttribute{
				Computed: true, MarkdownDescription: f.description,
				NestedObject: resourceschema.NestedAttributeObject{Attributes: resourceAttributes(f.elements)},
			}
		case integerField:
			attributes[f.name] = resourceschema.Int64Attribute{Computed: true, MarkdownDescription: f.description}
		default:
			var modifiers []planmodifier.String
			if f.fixed {
				modifiers = []planmodifier.String{stringplanmodifier.UseStateForUnknown()}
			}
			attributes[f.name] = resourceschema.StringAttribute{
				Computed: true, MarkdownDescription: f.description, Sensitive: f.sensitive, CustomType: f.stringType(), PlanModifiers: modifiers,
			}
		}
	}

	return attributes
}
