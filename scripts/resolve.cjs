// How .dependency-cruiser.cjs finds what an import means: a bare name is a package, never a folder
// of the project.
module.exports = { resolve: { modules: ["node_modules"], extensions: [".ts", ".js"] } };
