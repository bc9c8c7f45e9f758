package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/graphmock/graphmock/openapi"
)

func openapiCommand() *cobra.Command {
	var f contractFlags
	cmd := &cobra.Command{
		Use:   "openapi [PATTERN...]",
		Short: "Print an OpenAPI 3.0 document of operations, for other tools",
		Long: `openapi prints an OpenAPI 3.0 document, as JSON, which is YAML as well, of the
operations that fit a PATTERN: "GET /me/messages", a path alone for all of its
methods, either with * for any text, or a path that ends in /... for what Graph's
documentation knows at it and below. Names of parameters are free.

The document takes what the contract takes, and more where OpenAPI 3.0 has no word
for what is refused. Of entities that only navigation properties of other entities
lead to, it leaves open what their own navigation properties hold. It has 500
operations at most.

Without a PATTERN it prints the embedded document of user activities.`,
		Example: `  graphmock openapi "GET /me/messages" "POST /me/sendMail" > mail.yaml
  graphmock openapi /users/{id} "/me/calendar/..." > slice.yaml
  graphmock openapi "GET /planner/*" > planner.yaml
  graphmock openapi --metadata beta=beta.xml "/beta/security/alerts_v2" > alerts.yaml
  graphmock check --spec mail.yaml trace.har`,
		RunE: func(cmd *cobra.Command, patterns []string) error {
			c, err := f.load()
			if err != nil {
				return err
			}
			text := openapi.EmbeddedDocument()
			if len(patterns) > 0 {
				if text, err = c.Slice(withMethods(patterns)...); err != nil {
					return fmt.Errorf("openapi: %w", betterThan(err, c, withMethods(patterns)))
				}
			}
			_, err = cmd.OutOrStdout().Write(text)
			return err
		},
	}
	f.addMetadata(cmd.Flags())
	return cmd
}
