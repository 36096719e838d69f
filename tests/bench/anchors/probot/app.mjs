// The anchor: a Probot app that hears comments, verifies them and does nothing.
export default (app) => {
  app.on("issue_comment.created", async () => {});
};
