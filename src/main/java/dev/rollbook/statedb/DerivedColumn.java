package dev.rollbook.statedb;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// A method of a row whose value is inserted into the column of its name, beside the components:
/// something that queries look up and that the components determine.
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@interface DerivedColumn {}
