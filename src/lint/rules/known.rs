//! Variables that well-known base images set: what their documentation promises, so that using them is no
//! mistake although no line of the file sets them.

/// Official images and the variables that all their tags set.
const IMAGES: &[(&[&str], &[&str])] = &[
    (&["golang"], &["GOPATH", "GOLANG_VERSION", "GOTOOLCHAIN"]),
    (&["python"], &["PYTHON_VERSION", "LANG", "GPG_KEY"]),
    (&["node"], &["NODE_VERSION", "YARN_VERSION"]),
    (&["ruby", "jruby"], &["RUBY_VERSION", "GEM_HOME", "LANG"]),
    (&["php"], &["PHP_VERSION", "PHP_INI_DIR", "PHPIZE_DEPS"]),
    (&["rust"], &["CARGO_HOME", "RUSTUP_HOME", "RUST_VERSION"]),
    (
        &["openjdk", "eclipse-temurin", "amazoncorretto", "ibm-semeru-runtimes", "sapmachine"],
        &["JAVA_HOME", "JAVA_VERSION", "LANG"],
    ),
    (&["maven"], &["MAVEN_HOME", "MAVEN_CONFIG", "JAVA_HOME"]),
    (&["gradle"], &["GRADLE_HOME", "GRADLE_VERSION", "JAVA_HOME"]),
    (&["tomcat"], &["CATALINA_HOME", "TOMCAT_VERSION", "JAVA_HOME", "LD_LIBRARY_PATH"]),
    (&["jetty"], &["JETTY_HOME", "JETTY_BASE", "JAVA_HOME"]),
    (&["nginx"], &["NGINX_VERSION", "NJS_VERSION", "PKG_RELEASE"]),
    (&["httpd"], &["HTTPD_PREFIX", "HTTPD_VERSION"]),
    (&["postgres"], &["PGDATA", "PG_MAJOR", "PG_VERSION", "LANG"]),
    (&["mysql", "mariadb"], &["MYSQL_VERSION", "MARIADB_VERSION", "GOSU_VERSION"]),
    (&["redis"], &["REDIS_VERSION", "REDIS_DOWNLOAD_URL"]),
    (&["erlang", "elixir"], &["OTP_VERSION", "ELIXIR_VERSION", "LANG"]),
    (&["swift"], &["SWIFT_VERSION", "SWIFT_PLATFORM"]),
];

/// Whether the image `reference` is known to set `variable`.
pub(super) fn sets(reference: &str, variable: &str) -> bool {
    let name = reference.split(['@']).next().unwrap_or(reference);
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let name = name.split(':').next().unwrap_or(name);
    IMAGES.iter().any(|(images, variables)| images.contains(&name) && variables.contains(&variable))
}
